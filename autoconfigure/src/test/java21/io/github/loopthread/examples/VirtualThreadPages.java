package io.github.loopthread.examples;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextSnapshotFactory;

import org.springframework.web.client.RestClient;

/**
 * The task with virtual threads. Not compiled with the other tests, which are for Java
 * 17.
 */
class VirtualThreadPages implements ProductPages {

	private final ContextSnapshotFactory snapshots = ContextSnapshotFactory.builder().build();

	private final RestClient client;

	VirtualThreadPages(RestClient client) {
		this.client = client;
	}

	@Override
	public Page page(int id) throws InterruptedException {
		try (ExecutorService executor = ContextExecutorService.wrap(Executors.newVirtualThreadPerTaskExecutor(),
				this.snapshots::captureAll)) {
			List<Callable<Object>> calls = List.of(() -> product(id), () -> stock(id), () -> reviews(id));
			List<Future<Object>> parts = executor.invokeAll(calls, 300, TimeUnit.MILLISECONDS);
			List<String> missing = new ArrayList<>();
			return new Page(part("product", parts.get(0), Product.UNKNOWN, missing),
					part("stock", parts.get(1), Stock.UNKNOWN, missing),
					part("reviews", parts.get(2), Reviews.NONE, missing), missing);
		}
	}

	@SuppressWarnings("unchecked")
	private static <T> T part(String name, Future<Object> call, T fallback, List<String> missing) {
		if (call.state() == Future.State.SUCCESS) {
			return (T) Objects.requireNonNullElse(call.resultNow(), fallback);
		}
		missing.add(name + ": " + ((call.state() == Future.State.FAILED) ? call.exceptionNow() : call.state()));
		return fallback;
	}

	private Product product(int id) {
		return this.client.get().uri("/products/{id}", id).retrieve().body(Product.class);
	}

	private Stock stock(int id) {
		return this.client.get().uri("/stock/{id}", id).retrieve().body(Stock.class);
	}

	private Reviews reviews(int id) {
		return this.client.get().uri("/reviews/{id}", id).retrieve().body(Reviews.class);
	}

}
