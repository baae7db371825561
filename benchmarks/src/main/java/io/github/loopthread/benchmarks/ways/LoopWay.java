package io.github.loopthread.benchmarks.ways;

import java.util.List;

import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.benchmarks.Target;

/**
 * Ours: the shared client, and one task for the whole fan-out.
 */
class LoopWay implements Way {

	private final LoopTemplate loop;

	private final WebClientCalls calls;

	LoopWay(ApplicationContext context, Target target) {
		this.loop = context.getBean(LoopTemplate.class);
		this.calls = new WebClientCalls(context.getBean("loopWebClient", WebClient.class), target.path());
	}

	@Override
	public List<?> fetch(int calls) {
		return this.loop.execute(this.calls.fetch(calls));
	}

}
