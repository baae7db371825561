package io.github.loopthread.soak;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import org.springframework.stereotype.Component;

/**
 * The futures that have not completed, so that all can be cancelled at once.
 */
@Component
class OpenFutures {

	private final Map<Long, CompletableFuture<?>> open = new ConcurrentHashMap<>();

	private final AtomicLong number = new AtomicLong();

	void add(CompletableFuture<?> future) {
		long key = this.number.incrementAndGet();
		this.open.put(key, future);
		future.whenComplete((value, ex) -> this.open.remove(key));
	}

	void cancelAll() {
		this.open.values().forEach((future) -> future.cancel(true));
	}

}
