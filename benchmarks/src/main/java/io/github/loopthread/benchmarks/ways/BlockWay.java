package io.github.loopthread.benchmarks.ways;

import java.util.List;

import reactor.core.publisher.Mono;

import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * Spring Boot's {@link WebClient} with Reactor Netty's default resources, and
 * {@code block()}.
 */
class BlockWay implements Way {

	private final WebClientCalls calls;

	BlockWay(ApplicationContext context, Target target) {
		this.calls = new WebClientCalls(context.getBean(WebClient.Builder.class).baseUrl(target.baseUrl()).build(),
				target.path());
	}

	@Override
	public List<?> fetch(int calls) {
		return items(calls).block();
	}

	Mono<List<Item>> items(int calls) {
		return this.calls.fetch(calls);
	}

}
