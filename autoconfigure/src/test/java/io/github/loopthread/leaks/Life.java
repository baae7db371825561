package io.github.loopthread.leaks;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import io.github.loopthread.Fork;
import io.github.loopthread.LoopLease;
import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopTimeoutException;

/**
 * One application in a JVM with many, which has done everything that could leave a trace
 * of it and lives until it is closed. To be loaded by a class loader of its own.
 */
final class Life implements AutoCloseable, Supplier<Map<String, WeakReference<?>>> {

	// Its value is of a class of ours, which is what a thread must not keep
	private static final ThreadLocal<Name> NAME = new ThreadLocal<>();

	private final Subject subject;

	/**
	 * Called with the URL of the upstream.
	 */
	Life(String upstream) {
		NAME.set(new Name("life"));
		this.subject = new Subject(upstream);
		LoopTemplate loop = this.subject.loop();
		Mono<Name> exchange = this.subject.client()
			.get()
			.uri("/hello")
			.retrieve()
			.bodyToMono(String.class)
			.map(Name::new);
		loop.execute(exchange);
		try (LoopScope scope = loop.scope()) {
			Fork<Name> fork = scope.fork(exchange);
			scope.fork(Mono.<Name>never());
			fork.get();
		}
		try (Stream<Name> stream = loop.stream(Flux.range(0, 100).map((number) -> new Name("n" + number)))) {
			stream.iterator().next();
		}
		try (LoopLease<Name> lease = loop.open(exchange, (name) -> Mono.empty())) {
			lease.get();
		}
		try {
			loop.withTimeout(Duration.ofMillis(20)).execute(exchange.then(Mono.<Name>never()));
		}
		catch (LoopTimeoutException ex) {
			// As it should be
		}
		// Under way when the application closes
		loop.submit(this.subject.client().get().uri("/never").retrieve().bodyToMono(String.class).map(Name::new));
	}

	/**
	 * Return what must be collected when the application has closed.
	 */
	@Override
	public Map<String, WeakReference<?>> get() {
		return Map.of("contexts", new WeakReference<>(this.subject.context()), "templates",
				new WeakReference<>(this.subject.loop()), "loops", new WeakReference<>(this.subject.loopThread()),
				"clients", new WeakReference<>(this.subject.client()), "class loaders",
				new WeakReference<>(Life.class.getClassLoader()));
	}

	@Override
	public void close() {
		this.subject.close();
	}

	private record Name(String value) {

	}

}
