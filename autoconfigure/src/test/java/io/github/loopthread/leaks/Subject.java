package io.github.loopthread.leaks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import reactor.core.publisher.Mono;

import org.springframework.beans.DirectFieldAccessor;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.boot.webclient.autoconfigure.WebClientObservationAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.autoconfigure.metrics.LoopMetricsAutoConfiguration;
import io.github.loopthread.autoconfigure.observation.LoopObservationAutoConfiguration;

/**
 * The application whose leaks are looked for: everything that is auto-configured takes
 * part, also meters and observations. It has a process of its own, so that all that it
 * has is its own.
 */
final class Subject implements AutoCloseable {

	/**
	 * How many connections its pool may have.
	 */
	static final int CONNECTIONS = 32;

	private final ConfigurableApplicationContext context;

	private final LoopThread loopThread;

	private final MeterRegistry meters;

	Subject(String upstream) {
		this.context = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties("spring.main.banner-mode=off", "logging.level.root=error",
					"loop.web-client.base-url=" + upstream, "loop.web-client.max-connections=" + CONNECTIONS,
					"loop.shutdown.drain-timeout=0s")
			.run();
		this.loopThread = this.context.getBean(LoopThread.class);
		this.meters = this.context.getBean(MeterRegistry.class);
	}

	ConfigurableApplicationContext context() {
		return this.context;
	}

	LoopThread loopThread() {
		return this.loopThread;
	}

	LoopTemplate loop() {
		return this.context.getBean(LoopTemplate.class);
	}

	WebClient client() {
		return this.context.getBean(WebClient.class);
	}

	/**
	 * Count everything while the loop runs and is at rest, with as many connections as
	 * the pool may have.
	 * @param done what has been done before
	 */
	Census whileRunning(long done) {
		OwnProcess.awaitOrGoOn(() -> this.loopThread.openWork().isEmpty() && this.loopThread.activeTasks() == 0);
		fillPool();
		OwnProcess.awaitOrGoOn(() -> {
			if (connections("active") + connections("idle") < CONNECTIONS) {
				// On a busy machine the first had ended before the last began
				fillPool();
			}
			return connections("idle") == CONNECTIONS;
		});
		Map<Figure, Long> figures = new EnumMap<>(Figure.class);
		figures.put(Figure.ACQUIRED, connections("active"));
		figures.put(Figure.PENDING, connections("pending"));
		figures.put(Figure.POOLED, connections("idle"));
		figures.put(Figure.PERMITS, (long) permits());
		figures.put(Figure.OPEN, (long) this.loopThread.openScopes() + this.loopThread.openLeases());
		return census(done, figures);
	}

	/**
	 * Count what a stopped loop may have left.
	 * @param done what has been done before
	 */
	Census whileStopped(long done) {
		return census(done, new EnumMap<>(Figure.class));
	}

	@Override
	public void close() {
		this.context.close();
	}

	private Census census(long done, Map<Figure, Long> figures) {
		figures.put(Figure.DONE, done);
		figures.put(Figure.METERS, (long) this.meters.getMeters().size());
		OwnProcess.count(figures);
		return new Census(figures);
	}

	/**
	 * Make as many requests at once as there may be connections, none of which is free
	 * for another before all have begun.
	 */
	private void fillPool() {
		List<CompletableFuture<String>> requests = new ArrayList<>();
		for (int i = 0; i < CONNECTIONS; i++) {
			requests.add(loop().submit(client().get().uri("/slow").retrieve().bodyToMono(String.class)));
		}
		requests.forEach(CompletableFuture::join);
	}

	private long connections(String state) {
		return (long) this.meters.get("loop.http.connections").tag("state", state).gauge().value();
	}

	private int permits() {
		DirectFieldAccessor loop = new DirectFieldAccessor(this.loopThread);
		Semaphore permits = (Semaphore) loop.getPropertyValue("lifecycle.current.work.tasks.permits");
		return Objects.requireNonNull(permits).availablePermits();
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ LoopAutoConfiguration.class, LoopContextAutoConfiguration.class,
			LoopWebClientAutoConfiguration.class, LoopMetricsAutoConfiguration.class,
			LoopObservationAutoConfiguration.class, MetricsAutoConfiguration.class,
			CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class,
			ObservationAutoConfiguration.class, WebClientAutoConfiguration.class,
			WebClientObservationAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class })
	static class Application {

		@Bean
		DefaultMeterObservationHandler meters(MeterRegistry registry) {
			return new DefaultMeterObservationHandler(registry);
		}

		@Bean
		LoopResource<StringBuilder> ownResource() {
			return LoopResource.of("own", (loop) -> Mono.just(new StringBuilder("open")),
					(resource) -> Mono.fromRunnable(() -> resource.append("closed")));
		}

	}

}
