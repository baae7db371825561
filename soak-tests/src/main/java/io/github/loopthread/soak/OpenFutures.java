package io.github.loopthread.soak;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.stereotype.Component;

/**
 * The futures that have not completed, so that all can be cancelled at once.
 */
@Component
class OpenFutures {

	private final Set<CompletableFuture<?>> open = ConcurrentHashMap.newKeySet();

	void add(CompletableFuture<?> future) {
		this.open.add(future);
		future.whenComplete((value, ex) -> this.open.remove(future));
	}

	void cancelAll() {
		this.open.forEach((future) -> future.cancel(true));
	}

}
