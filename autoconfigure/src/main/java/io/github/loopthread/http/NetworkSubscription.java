package io.github.loopthread.http;

import java.util.concurrent.RejectedExecutionException;

import io.netty.channel.EventLoop;
import org.reactivestreams.Subscription;

/**
 * Has the network hear on the loop of a cancel, whoever cancels: an operator such as
 * {@code timeout} does so on a thread of its own. Where that meets what arrives at the
 * same moment, Reactor Netty and Spring lose its buffer, and the connection with it.
 */
record NetworkSubscription(Subscription network, EventLoop eventLoop) implements Subscription {

	@Override
	public void request(long n) {
		this.network.request(n);
	}

	@Override
	public void cancel() {
		if (this.eventLoop.inEventLoop()) {
			this.network.cancel();
			return;
		}
		try {
			this.eventLoop.execute(this.network::cancel);
		}
		catch (RejectedExecutionException ex) {
			// Nothing can arrive any more
			this.network.cancel();
		}
	}

}
