package io.github.loopthread.http;

import java.util.Objects;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import reactor.netty.Connection;
import reactor.netty.ConnectionObserver;
import reactor.netty.http.client.HttpClientState;
import reactor.util.context.Context;

import io.github.loopthread.LoopBoundary;
import io.github.loopthread.LoopBoundary.Scope;

/**
 * Stands at the beginning of a connection's pipeline and gives the loop's thread the
 * values of the task once for all that comes of one read. Without it, each of the signals
 * of a response would do so for itself, which is correct, and four times as dear.
 */
final class ReadHandler extends ChannelInboundHandlerAdapter {

	private static final AttributeKey<ReadHandler> KEY = AttributeKey.valueOf(ReadHandler.class.getName());

	// Written by the loop, and by whoever cancels the exchange
	private volatile @Nullable HttpExchange exchange;

	// These two are written and read by the loop

	private @Nullable Scope scope;

	private @Nullable LoopBoundary task;

	private ReadHandler() {
	}

	/**
	 * Give a connection such a handler.
	 */
	static void install(Channel channel) {
		ReadHandler handler = new ReadHandler();
		channel.attr(KEY).set(handler);
		channel.pipeline().addFirst(handler);
	}

	/**
	 * Return what takes the values away when a response has come: what comes then is the
	 * pool's, which may begin the exchange of another task.
	 */
	static ConnectionObserver observer() {
		return new ConnectionObserver() {

			@Override
			public void onStateChange(Connection connection, State state) {
				if (state == HttpClientState.RESPONSE_COMPLETED) {
					responded(connection);
				}
			}

			@Override
			public void onUncaughtException(Connection connection, Throwable ex) {
				// So ends a response that redirects
				responded(connection);
			}

		};
	}

	/**
	 * Return the handler of a connection, {@code null} if it has none, as a stream of
	 * HTTP/2.
	 */
	static @Nullable ReadHandler of(Channel channel) {
		return channel.attr(KEY).get();
	}

	/**
	 * Say for which exchange the connection is read from now on.
	 */
	void begin(HttpExchange exchange) {
		this.exchange = exchange;
	}

	/**
	 * Say that an exchange has ended, or goes on elsewhere.
	 */
	void end(HttpExchange exchange) {
		if (exchange.equals(this.exchange)) {
			this.exchange = null;
		}
	}

	/**
	 * Return whether what is read at the moment has the values of a task. To be asked on
	 * the loop thread.
	 */
	boolean hasScope() {
		return this.scope != null;
	}

	/**
	 * Give the values back, until all that came of the read has been handled: an operator
	 * of the task is still at work, although its exchange has ended meanwhile.
	 */
	void goOn(HttpExchange exchange) {
		this.scope = exchange.open();
		this.task = exchange.boundary();
	}

	/**
	 * Fail the task for which the connection is read, if there is one.
	 */
	void fail(Throwable thrown) {
		HttpExchange exchange = this.exchange;
		if (exchange != null) {
			exchange.fail(thrown);
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		HttpExchange exchange = this.exchange;
		if (exchange == null || this.scope != null) {
			context.fireChannelRead(message);
			return;
		}
		try {
			this.scope = exchange.open();
			this.task = exchange.boundary();
		}
		catch (Throwable ex) {
			// An accessor of the application's has thrown
			exchange.fail(ex);
		}
		try {
			context.fireChannelRead(message);
		}
		finally {
			leave();
		}
	}

	private static void responded(Connection connection) {
		ReadHandler handler = of(connection.channel());
		// If something works for another task at the moment, that one's values are there
		if (handler != null && Objects.equals(LoopBoundary.of(Context.empty()), handler.task)) {
			handler.leave();
		}
	}

	private void leave() {
		Scope scope = this.scope;
		if (scope != null) {
			this.scope = null;
			this.task = null;
			scope.close();
		}
	}

}
