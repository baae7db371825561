package io.github.loopthread.benchmarks.ways;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AttributeKey;

/**
 * One request, and what is done with its response.
 */
final class NettyExchange {

	static final AttributeKey<NettyExchange> CURRENT = AttributeKey.valueOf(NettyExchange.class, "current");

	private final FullHttpRequest request;

	private final Group group;

	/** Called by the caller. All else happens on the loop. */
	NettyExchange(String host, String path, Group group) {
		this.request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path, Unpooled.EMPTY_BUFFER);
		this.request.headers().set(HttpHeaderNames.HOST, host).set(HttpHeaderNames.ACCEPT, "application/json");
		this.group = group;
	}

	void writeTo(Channel channel) {
		channel.attr(CURRENT).set(this);
		channel.writeAndFlush(this.request, channel.voidPromise());
	}

	void succeed(byte[] body) {
		this.group.add(body);
	}

	void fail(Throwable failure) {
		this.group.result().completeExceptionally(failure);
	}

	/** The exchanges that one caller waits for. Used on the loop only. */
	static final class Group {

		private final List<byte[]> bodies;

		private final int size;

		private final CompletableFuture<List<byte[]>> result = new CompletableFuture<>();

		Group(int size) {
			this.bodies = new ArrayList<>(size);
			this.size = size;
		}

		CompletableFuture<List<byte[]>> result() {
			return this.result;
		}

		private void add(byte[] body) {
			this.bodies.add(body);
			if (this.bodies.size() == this.size) {
				this.result.complete(this.bodies);
			}
		}

	}

}
