package io.github.loopthread.http;

import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * Cancels the body of a response that nobody will read: without that, its connection
 * would never be free again.
 */
final class CancellingSubscriber extends BaseSubscriber<Object> {

	@Override
	protected void hookOnSubscribe(Subscription subscription) {
		cancel();
	}

	@Override
	protected void hookOnError(Throwable ex) {
		// There is nothing to cancel any more
	}

}
