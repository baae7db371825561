package io.github.loopthread.benchmarks.ways;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import org.springframework.context.ApplicationContext;

import io.github.loopthread.benchmarks.Item;
import io.github.loopthread.benchmarks.Target;

/**
 * Spring Boot's {@code RestClient}, each call on a thread of an executor.
 */
class ExecutorWay extends RestClientWay {

	private final ExecutorService executor;

	ExecutorWay(ApplicationContext context, Target target, ExecutorService executor) {
		super(context, target);
		this.executor = executor;
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		List<Callable<Item>> tasks = new ArrayList<>(calls);
		for (int call = 0; call < calls; call++) {
			int number = call;
			tasks.add(() -> get(number));
		}
		List<Item> items = new ArrayList<>(calls);
		for (Future<Item> future : this.executor.invokeAll(tasks)) {
			items.add(future.get());
		}
		return items;
	}

	@Override
	public void close() {
		this.executor.shutdownNow();
	}

}
