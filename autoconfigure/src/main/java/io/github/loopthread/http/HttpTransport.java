package io.github.loopthread.http;

import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientConfig;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;
import reactor.netty.transport.NameResolverProvider;

import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.http.client.reactive.ClientHttpResponse;

import io.github.loopthread.LoopBoundary;
import io.github.loopthread.LoopNotRunningException;
import io.github.loopthread.LoopStoppedException;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThread.State;

/**
 * What HTTP needs of one running loop: pool, resolver, and the connector that uses both.
 * Made and closed on the loop thread. Nothing in it is shared with another life of the
 * loop: a resolver that outlives its loop never answers again.
 */
final class HttpTransport implements ClientHttpConnector {

	// As long as what is not used any more stays at most
	private static final Duration TIDYING = Duration.ofSeconds(1);

	private final LoopThread loop;

	private final EventLoop eventLoop;

	private final LoopResources loopResources;

	private final ConnectionProvider pool;

	private final ConnectionFigures figures = new ConnectionFigures();

	private final ClientHttpConnector connector;

	private final Scheduler scheduler;

	private final ScheduledFuture<?> tidying;

	// A response may be cancelled on any thread
	private final Set<ResponseSubscriber> waiting = ConcurrentHashMap.newKeySet();

	// Written and read by the loop
	private boolean closed;

	private @Nullable AddressResolverGroup<?> resolver;

	HttpTransport(LoopThread loop, Consumer<? super ConnectionProvider.Builder> pool,
			BiFunction<? super HttpClient, ? super UnaryOperator<HttpClient>, ? extends ClientHttpConnector> connector) {
		this.loop = loop;
		this.eventLoop = loop.eventLoopGroup().next();
		this.scheduler = Schedulers.fromExecutor(this.eventLoop);
		this.loopResources = (useNative) -> this.eventLoop;
		// Reactor Netty's own timers would run on another thread
		ConnectionProvider.Builder builder = ConnectionProvider.builder(loop.getName())
			.pendingAcquireTimer(this::schedule)
			.evictInBackground(TIDYING, this.scheduler)
			.metrics(true, () -> this.figures);
		pool.accept(builder);
		this.pool = builder.build();
		this.tidying = this.eventLoop.scheduleWithFixedDelay(this::tidy, TIDYING.toMillis(), TIDYING.toMillis(),
				TimeUnit.MILLISECONDS);
		this.connector = connector.apply(HttpClient.create(this.pool), (UnaryOperator<HttpClient>) this::runOnLoop);
	}

	@Override
	public Mono<ClientHttpResponse> connect(HttpMethod method, URI uri,
			Function<? super ClientHttpRequest, Mono<Void>> requestCallback) {
		Mono<ClientHttpResponse> exchange = new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super ClientHttpResponse> downstream) {
				exchange(method, uri, requestCallback, downstream);
			}

		};
		return this.eventLoop.inEventLoop() ? exchange : exchange.subscribeOn(this.scheduler);
	}

	/**
	 * Begin an exchange, always on the loop, which also closes: no connection is opened
	 * once it is closing, when nobody would close it any more. What the loop drains are
	 * tasks, so an exchange outside of one is not served from that moment on.
	 */
	private void exchange(HttpMethod method, URI uri, Function<? super ClientHttpRequest, Mono<Void>> requestCallback,
			CoreSubscriber<? super ClientHttpResponse> downstream) {
		LoopBoundary task = LoopBoundary.of(downstream.currentContext());
		HttpExchange exchange = new HttpExchange(method, uri, task, this.eventLoop);
		if (task == null && this.loop.state() == State.DRAINING) {
			Operators.error(downstream,
					new LoopNotRunningException(
							"%s was rejected: Loop '%s' is stopping and serves no exchange that belongs to no task"
								.formatted(exchange.describe(), this.loop.getName())));
			return;
		}
		if (this.closed) {
			Operators.error(downstream, new LoopStoppedException(exchange.describe(), null));
			return;
		}
		if (hasHalfOfPair(uri.toString())) {
			Operators.error(downstream, new IllegalArgumentException(
					"%s was refused: its URI has half of a surrogate pair. Have a URI template encode what users give"
						.formatted(exchange.describe())));
			return;
		}
		this.connector.connect(method, uri, exchange.writing(requestCallback))
			.subscribe(new ResponseSubscriber(exchange, downstream, this.waiting));
	}

	/**
	 * Return whether there is a surrogate without the other half of its pair. Nothing
	 * encodes that, and Netty then writes the character behind it as one byte, which may
	 * end the line.
	 */
	private static boolean hasHalfOfPair(String uri) {
		for (int i = 0; i < uri.length(); i++) {
			if (Character.isSurrogate(uri.charAt(i))) {
				if (i + 1 == uri.length() || !Character.isSurrogatePair(uri.charAt(i), uri.charAt(i + 1))) {
					return true;
				}
				i++;
			}
		}
		return false;
	}

	ConnectionFigures figures() {
		return this.figures;
	}

	Mono<Void> close() {
		this.closed = true;
		this.tidying.cancel(false);
		this.waiting.forEach(ResponseSubscriber::stop);
		return this.pool.disposeLater().doFinally((signal) -> {
			if (this.resolver != null) {
				this.resolver.close();
			}
		});
	}

	/**
	 * Forget hosts to which there is no connection any more: their pools would stay until
	 * the loop stops, and a client of many hosts has many.
	 */
	private void tidy() {
		this.figures.unusedHosts().forEach((host) -> {
			this.pool.disposeWhen(host);
			this.figures.forget(host);
		});
	}

	private HttpClient runOnLoop(HttpClient client) {
		HttpClientConfig config = client.configuration();
		if (config.resolver() instanceof GuardedResolverGroup) {
			// It has been here before
			return client;
		}
		NameResolverProvider provider = config.getNameResolverProvider();
		// Else the resolver is one that the user made, or names are left to the proxy
		AddressResolverGroup<?> others = (provider != null) ? null : config.resolver();
		if (others == null) {
			provider = (provider != null) ? provider : defaultResolver();
			// A resolver of our own: runOn would take one from a cache that never lets go
			this.resolver = new GuardedResolverGroup(provider.newNameResolverGroup(this.loopResources, true), true);
		}
		else {
			this.resolver = new GuardedResolverGroup(others, false);
		}
		return client.resolver(this.resolver)
			.doOnChannelInit((observer, channel, address) -> install(channel))
			.observe(ReadHandler.observer())
			.runOn(this.loopResources);
	}

	/**
	 * Return the default but for one thing: it takes no {@code FastThreadLocal}, whose
	 * place in every thread of Netty's is never free again, for what is asked for on this
	 * one thread only.
	 */
	private static NameResolverProvider defaultResolver() {
		return NameResolverProvider.builder()
			.dnsAddressResolverGroupProvider((builder) -> new DnsAddressResolverGroup(builder.queryServerAddressStream(
					DnsServerAddressStreamProviders.platformDefault().nameServerAddressStream(""))))
			.build();
	}

	private static void install(Channel channel) {
		ResponseGuard.install(channel);
		// Before the guard, which keeps back what is for the task
		ReadHandler.install(channel);
	}

	private Disposable schedule(Runnable task, Duration delay) {
		ScheduledFuture<?> scheduled = this.eventLoop.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
		return () -> scheduled.cancel(false);
	}

}
