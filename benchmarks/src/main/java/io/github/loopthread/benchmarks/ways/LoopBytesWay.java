package io.github.loopthread.benchmarks.ways;

import java.util.List;

import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;
import tools.jackson.databind.json.JsonMapper;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * Ours, with bodies that the loop only fetches: each caller decodes its own, on its own
 * thread.
 */
class LoopBytesWay implements Way {

	private final LoopTemplate loop;

	private final WebClientCalls calls;

	private final JsonMapper json;

	LoopBytesWay(ApplicationContext context, Target target) {
		this.loop = context.getBean(LoopTemplate.class);
		this.calls = new WebClientCalls(context.getBean("loopWebClient", WebClient.class), target.path());
		this.json = context.getBean(JsonMapper.class);
	}

	@Override
	public List<?> fetch(int calls) {
		List<byte[]> bodies = this.loop.execute(FanOut.of(calls, (call) -> this.calls.get(call, byte[].class)));
		return bodies.stream().map((body) -> this.json.readValue(body, Item.class)).toList();
	}

}
