package io.github.loopthread.benchmarks.ways;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

import reactor.core.publisher.Mono;

/**
 * Several calls as one {@link Mono}. Each is put together at once, on the caller's
 * thread, which leaves the loop only what must be done there. Of Reactor's operators for
 * it, {@code zip} and {@code merge} cost the same and {@code mergeSequential} a little
 * more; a {@code flatMap} over numbers would put the calls together on the loop.
 */
final class FanOut {

	private FanOut() {
	}

	/**
	 * Return the results of all, in the order of the calls.
	 * @param calls how many
	 * @param call makes each of them
	 */
	@SuppressWarnings("unchecked")
	static <T> Mono<List<T>> of(int calls, IntFunction<Mono<T>> call) {
		List<Mono<T>> monos = new ArrayList<>(calls);
		for (int number = 0; number < calls; number++) {
			monos.add(call.apply(number));
		}
		return Mono.zip(monos, (results) -> (List<T>) Arrays.asList(results));
	}

}
