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

	private final String host;

	private final String path;

	private final Group group;

	NettyExchange(String host, String path, Group group) {
		this.host = host;
		this.path = path;
		this.group = group;
	}

	void writeTo(Channel channel) {
		channel.attr(CURRENT).set(this);
		FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, this.path,
				Unpooled.EMPTY_BUFFER);
		request.headers().set(HttpHeaderNames.HOST, this.host).set(HttpHeaderNames.ACCEPT, "application/json");
		channel.writeAndFlush(request, channel.voidPromise());
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
