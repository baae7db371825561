package io.github.loopthread.benchmarks.ways;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.netty.channel.EventLoopGroup;
import org.springframework.boot.http.client.HttpClientSettings;
import org.springframework.boot.http.client.reactive.ClientHttpConnectorBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

import io.github.loopthread.benchmarks.NativeNetty;
import io.github.loopthread.benchmarks.Target;

/**
 * The same client on one loop, without any of ours: what our own layers cost is the
 * difference.
 */
class PlainLoopWay implements Way {

	private final EventLoopGroup group = NativeNetty.group(1);

	private final Scheduler scheduler = Schedulers.fromExecutorService(this.group.next());

	private final ConnectionProvider pool = ConnectionProvider.create("plain", Target.CONNECTIONS);

	private final WebClientCalls calls;

	PlainLoopWay(ApplicationContext context, Target target) {
		HttpClientSettings settings = context.getBean(HttpClientSettings.class);
		WebClient client = context.getBean(WebClient.Builder.class)
			.baseUrl(target.baseUrl())
			.clientConnector(ClientHttpConnectorBuilder.reactor()
				.withHttpClientFactory(() -> HttpClient.create(this.pool))
				.withHttpClientCustomizer((http) -> http.runOn(this.group))
				.build(settings.withConnectTimeout(Duration.ofSeconds(5))))
			.build();
		this.calls = new WebClientCalls(client, target.path());
	}

	@Override
	public List<?> fetch(int calls) throws Exception {
		return this.calls.fetch(calls).subscribeOn(this.scheduler).toFuture().get(30, TimeUnit.SECONDS);
	}

	@Override
	public void close() {
		this.pool.dispose();
		this.group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
	}

}
