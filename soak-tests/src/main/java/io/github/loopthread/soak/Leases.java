package io.github.loopthread.soak;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * Objects that are acquired on the loop and must be released there once.
 */
@Component
class Leases {

	private final Ledger ledger;

	private final Set<Object> acquired = ConcurrentHashMap.newKeySet();

	Leases(Ledger ledger) {
		this.ledger = ledger;
	}

	Mono<Object> acquire() {
		return Mono.fromSupplier(() -> {
			Object object = new Object();
			this.acquired.add(object);
			return object;
		});
	}

	Mono<Void> release(Object object) {
		return Mono.fromRunnable(() -> {
			if (!this.acquired.remove(object)) {
				this.ledger.violated("every lease is released once", "One was released twice", null);
			}
		});
	}

	int notReleased() {
		return this.acquired.size();
	}

}
