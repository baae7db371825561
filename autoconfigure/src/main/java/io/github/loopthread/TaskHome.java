package io.github.loopthread;

import java.util.concurrent.Executor;

import org.jspecify.annotations.Nullable;

/**
 * Where tasks run, which all of one loop have in common.
 *
 * @param loop runs what a task does
 * @param registry has them on its list, {@code null} if they are on none
 * @param dropped where results go for which nobody waits any more
 */
record TaskHome(Executor loop, @Nullable TaskRegistry registry, DroppedResults dropped) {

	/**
	 * Return one that is on no list, and whose late results nobody counts.
	 */
	static TaskHome unlisted(Executor loop) {
		return new TaskHome(loop, null, new DroppedResults());
	}

}
