package io.github.loopthread.benchmarks.ways;

import java.util.List;

/**
 * A way for a blocking caller to make several HTTP calls.
 */
@FunctionalInterface
public interface Way extends AutoCloseable {

	/**
	 * Make the calls, at once if the way can, and wait for all of them.
	 * @param calls how many
	 * @return the bodies, in any order: items if the way decodes, else bytes
	 * @throws Exception when one of the calls has failed
	 */
	List<?> fetch(int calls) throws Exception;

	@Override
	default void close() throws Exception {
	}

}
