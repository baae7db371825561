package io.github.loopthread.benchmarks.ways;

import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoopGroup;
import org.springframework.context.ApplicationContext;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

import io.github.loopthread.benchmarks.NativeNetty;
import io.github.loopthread.benchmarks.Target;

/**
 * Reactor Netty on one loop: no {@code WebClient}, no decoding.
 */
class ReactorNettyWay implements Way {

	private final EventLoopGroup group = NativeNetty.group(1);

	private final Scheduler scheduler = Schedulers.fromExecutorService(this.group.next());

	private final ConnectionProvider pool = ConnectionProvider.create("raw", Target.CONNECTIONS);

	private final HttpClient client;

	private final Target target;

	ReactorNettyWay(ApplicationContext context, Target target) {
		HttpClient plain = HttpClient.create(this.pool).runOn(this.group).baseUrl(target.baseUrl());
		this.client = target.tls() ? plain.secure((spec) -> spec.sslContext(Trust.nettySslContext(context))) : plain;
		this.target = target;
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		return FanOut.of(calls, this::get).subscribeOn(this.scheduler).toFuture().get(30, TimeUnit.SECONDS);
	}

	private Mono<byte[]> get(int call) {
		return this.client.get().uri(this.target.path(call)).responseSingle(ReactorNettyWay::bytes);
	}

	private static Mono<byte[]> bytes(HttpClientResponse response, ByteBufMono body) {
		return (response.status().code() == 200) ? body.asByteArray()
				: Mono.error(new IllegalStateException("Status " + response.status()));
	}

	@Override
	public void close() {
		this.pool.dispose();
		this.group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
	}

}
