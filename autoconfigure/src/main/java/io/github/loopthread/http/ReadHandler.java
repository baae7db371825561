package io.github.loopthread.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientState;

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

	// Written and read by the loop
	private @Nullable Scope scope;

	private ReadHandler() {
	}

	/**
	 * Give each connection of a client such a handler.
	 */
	static HttpClient addTo(HttpClient client) {
		return client.doOnChannelInit((observer, channel, address) -> {
			ReadHandler handler = new ReadHandler();
			channel.attr(KEY).set(handler);
			channel.pipeline().addFirst(handler);
		}).observe((connection, state) -> {
			// What comes now is the pool's, which may begin the exchange of another task
			if (state == HttpClientState.RESPONSE_COMPLETED) {
				ReadHandler handler = of(connection.channel());
				if (handler != null) {
					handler.leave();
				}
			}
		});
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
	 * @param exchange the exchange, {@code null} for none
	 */
	void readFor(@Nullable HttpExchange exchange) {
		this.exchange = exchange;
	}

	@Override
	public void channelRead(ChannelHandlerContext context, Object message) {
		HttpExchange exchange = this.exchange;
		if (exchange == null || this.scope != null) {
			context.fireChannelRead(message);
			return;
		}
		this.scope = exchange.open();
		try {
			context.fireChannelRead(message);
		}
		finally {
			leave();
		}
	}

	private void leave() {
		Scope scope = this.scope;
		if (scope != null) {
			this.scope = null;
			scope.close();
		}
	}

}
