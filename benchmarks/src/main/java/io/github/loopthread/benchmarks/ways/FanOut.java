package io.github.loopthread.benchmarks.ways;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

import reactor.core.publisher.Mono;

/**
 * Several calls as one {@link Mono}. Each is put together at once, on the caller's
 * thread, which leaves the loop only what must be done there.
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
		return switch (Integer.getInteger("variant", 0)) {
			case 0 -> Mono.zip(monos, (results) -> (List<T>) Arrays.asList(results));
			case 1 -> reactor.core.publisher.Flux.mergeSequential(monos).collectList();
			case 2 -> reactor.core.publisher.Flux.merge(monos).collectList();
			default -> reactor.core.publisher.Flux.range(0, calls).flatMap((n) -> call.apply(n), calls).collectList();
		};
	}

}
