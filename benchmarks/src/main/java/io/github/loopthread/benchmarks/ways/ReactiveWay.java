package io.github.loopthread.benchmarks.ways;

import java.util.List;

import reactor.core.publisher.Mono;

/**
 * A way that a controller need not wait for.
 */
public interface ReactiveWay extends Way {

	Mono<? extends List<?>> publish(int calls);

}
