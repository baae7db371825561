package io.github.loopthread.benchmarks.ways;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.micrometer.context.ContextExecutorService;
import io.micrometer.context.ContextSnapshotFactory;
import org.springframework.context.ApplicationContext;

import io.github.loopthread.benchmarks.Target;

/**
 * The ways: what each is called, and what it is made of.
 */
@SuppressWarnings("ImmutableEnumChecker")
public enum WayType {

	LOOP("**LoopThread**, context carried", Setup.LOOP, LoopWay::new),

	LOOP_SCOPE("LoopThread, a fork for each call, context carried", Setup.LOOP, LoopScopeWay::new),

	LOOP_BYTES("LoopThread, bodies decoded by the caller, context carried", Setup.LOOP, LoopBytesWay::new),

	LOOP_BARE("LoopThread, nothing to carry", Setup.LOOP_BARE, LoopWay::new),

	LOOP_VIRTUAL("LoopThread, callers on virtual threads, context carried", Setup.LOOP_VIRTUAL, LoopWay::new),

	LOOP_METERED("LoopThread, with meters, observations and endpoints, context carried", Setup.LOOP_METERED,
			LoopWay::new),

	PLAIN_LOOP("the same `WebClient` on one loop, without LoopThread", Setup.PLAIN, PlainLoopWay::new),

	PLAIN_METERED("the same `WebClient` on one loop, without LoopThread, with meters and observations",
			Setup.PLAIN_METERED, PlainLoopWay::new),

	BLOCK("`WebClient` + `block()`", Setup.PLAIN, BlockWay::new),

	BLOCK_HOOK("`WebClient` + `block()`, automatic hook, context carried", Setup.HOOK, BlockWay::new),

	MONO("`WebClient`, returning the `Mono`", Setup.PLAIN, MonoWay::new),

	REST("`RestClient`, one after the other", Setup.PLAIN, RestClientWay::new),

	REST_POOL("`RestClient`, pool of 200 threads", Setup.PLAIN,
			(context, target) -> new ExecutorWay(context, target, Executors.newFixedThreadPool(200))),

	REST_VIRTUAL("`RestClient` on virtual threads, `invokeAll`", Setup.VIRTUAL,
			(context, target) -> new ExecutorWay(context, target, VirtualThreads.executor())),

	REST_CONTEXT("the same through `ContextExecutorService`, context carried", Setup.VIRTUAL_CONTEXT,
			(context, target) -> new ExecutorWay(context, target, withContext(VirtualThreads.executor()))),

	REST_APACHE("`RestClient` on virtual threads and Apache HttpClient 5, `invokeAll`", Setup.VIRTUAL_APACHE,
			(context, target) -> new ExecutorWay(context, target, VirtualThreads.executor())),

	JDK("JDK `HttpClient.sendAsync` + `allOf`", Setup.PLAIN, JdkHttpClientWay::new),

	APACHE("Apache HttpClient 5 async", Setup.PLAIN, ApacheWay::new),

	VERTX("Vert.x `WebClient`", Setup.PLAIN, VertxWay::new),

	REACTOR_NETTY("Reactor Netty on one loop, no decoding", Setup.PLAIN, ReactorNettyWay::new),

	NETTY("Netty on one loop, no Reactor, no decoding", Setup.PLAIN, NettyWay::new);

	private final String title;

	private final Setup setup;

	private final Factory factory;

	WayType(String title, Setup setup, Factory factory) {
		this.title = title;
		this.setup = setup;
		this.factory = factory;
	}

	/** Return how tables call it. */
	public String title() {
		return this.title;
	}

	/** Return how arguments call it. */
	public String id() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	public Setup setup() {
		return this.setup;
	}

	/** Return whether this JDK has what it needs. */
	public boolean isAvailable() {
		return !this.setup.isVirtual() || Runtime.version().feature() >= 21;
	}

	public Way create(ApplicationContext context, Target target) {
		return this.factory.create(context, target);
	}

	public static WayType of(String id) {
		return Arrays.stream(values())
			.filter((type) -> type.id().equals(id))
			.findFirst()
			.orElseThrow(() -> new IllegalArgumentException("There is no way '%s'. There are: %s".formatted(id,
					String.join(", ", Arrays.stream(values()).map(WayType::id).toList()))));
	}

	public static List<WayType> available() {
		return Arrays.stream(values()).filter(WayType::isAvailable).toList();
	}

	private static ExecutorService withContext(ExecutorService executor) {
		return ContextExecutorService.wrap(executor, ContextSnapshotFactory.builder().build()::captureAll);
	}

	private interface Factory {

		Way create(ApplicationContext context, Target target);

	}

}
