package io.github.loopthread.benchmarks.ways;

import java.util.List;

import reactor.core.publisher.Mono;

import org.springframework.context.ApplicationContext;

import io.github.loopthread.benchmarks.Target;

/**
 * The same, for a controller that returns what is not there yet.
 */
class MonoWay extends BlockWay implements ReactiveWay {

	MonoWay(ApplicationContext context, Target target) {
		super(context, target);
	}

	@Override
	public Mono<? extends List<?>> publish(int calls) {
		return items(calls);
	}

}
