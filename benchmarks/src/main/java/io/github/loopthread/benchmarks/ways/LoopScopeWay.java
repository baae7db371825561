package io.github.loopthread.benchmarks.ways;

import java.util.ArrayList;
import java.util.List;

import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * Ours: the shared client, and a fork for each call.
 */
class LoopScopeWay implements Way {

	private final LoopTemplate loop;

	private final WebClientCalls calls;

	LoopScopeWay(ApplicationContext context, Target target) {
		this.loop = context.getBean(LoopTemplate.class);
		this.calls = new WebClientCalls(context.getBean("loopWebClient", WebClient.class), target.path());
	}

	@Override
	public List<?> fetch(int calls) {
		try (LoopScope scope = this.loop.scope()) {
			List<Fork<Item>> forks = new ArrayList<>(calls);
			for (int call = 0; call < calls; call++) {
				forks.add(scope.fork(this.calls.get(call)));
			}
			List<Item> items = new ArrayList<>(calls);
			for (Fork<Item> fork : forks) {
				items.add(fork.get());
			}
			return items;
		}
	}

}
