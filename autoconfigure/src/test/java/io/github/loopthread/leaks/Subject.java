package io.github.loopthread.leaks;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import javax.management.JMException;
import javax.management.ObjectName;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.netty.util.internal.InternalThreadLocalMap;
import io.netty.util.internal.PlatformDependent;
import org.awaitility.core.ConditionTimeoutException;
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

import io.github.loopthread.BufferCensus;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.autoconfigure.metrics.LoopMetricsAutoConfiguration;
import io.github.loopthread.autoconfigure.observation.LoopObservationAutoConfiguration;

import static org.awaitility.Awaitility.await;

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

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	// So many looks that find nothing new are enough
	private static final int AT_REST = 4;

	private static final int NOTHING = 1024;

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

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
		awaitOrGoOn(() -> this.loopThread.openWork().isEmpty() && this.loopThread.activeTasks() == 0);
		fillPool();
		awaitOrGoOn(() -> connections("idle") == CONNECTIONS);
		Map<Figure, Long> figures = new EnumMap<>(Figure.class);
		figures.put(Figure.ACQUIRED, connections("active"));
		figures.put(Figure.PENDING, connections("pending"));
		figures.put(Figure.POOLED, connections("idle"));
		figures.put(Figure.PERMITS, (long) permits());
		figures.put(Figure.OPEN, (long) this.loopThread.openScopes() + this.loopThread.openLeases());
		return ofProcess(done, figures);
	}

	/**
	 * Count what a stopped loop may have left.
	 * @param done what has been done before
	 */
	Census whileStopped(long done) {
		return ofProcess(done, new EnumMap<>(Figure.class));
	}

	@Override
	public void close() {
		this.context.close();
	}

	private Census ofProcess(long done, Map<Figure, Long> figures) {
		awaitOrGoOn(() -> BufferCensus.open() == 0 && threads().noneMatch(Subject::endsSoon));
		figures.put(Figure.DESCRIPTORS, descriptorsAtRest());
		figures.put(Figure.DONE, done);
		figures.put(Figure.THREADS, threads().count());
		figures.put(Figure.BUFFERS, BufferCensus.open());
		figures.put(Figure.NETTY_DIRECT, PlatformDependent.usedDirectMemory());
		figures.put(Figure.JDK_DIRECT, directMemoryOfJdk());
		figures.put(Figure.THREAD_LOCALS, (long) InternalThreadLocalMap.lastVariableIndex());
		figures.put(Figure.METERS, (long) this.meters.getMeters().size());
		figures.put(Figure.HEAP, leastLiveBytes());
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

	private static Stream<String> threads() {
		return Thread.getAllStackTraces().keySet().stream().map(Thread::getName);
	}

	/**
	 * Netty's thread for what belongs to no loop ends when it has had nothing to do for a
	 * second, and ours for a stop with its last statement.
	 */
	private static boolean endsSoon(String thread) {
		return thread.startsWith("globalEventExecutor") || thread.endsWith("-stop") || thread.endsWith("-start");
	}

	/**
	 * A file or two may be open for a moment, such as that of a class that is loaded.
	 */
	private static long descriptorsAtRest() {
		AtomicLong latest = new AtomicLong();
		AtomicInteger same = new AtomicInteger();
		awaitOrGoOn(() -> {
			long descriptors = descriptors();
			same.set((latest.getAndSet(descriptors) == descriptors) ? same.get() + 1 : 0);
			return same.get() == AT_REST;
		});
		return latest.get();
	}

	private static long descriptors() {
		try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
			return descriptors.count();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static long directMemoryOfJdk() {
		return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
			.stream()
			.filter((pool) -> pool.getName().equals("direct"))
			.mapToLong(BufferPoolMXBean::getMemoryUsed)
			.sum();
	}

	/**
	 * The least of several: what the JDK has to be told of first, such as a file that is
	 * no longer used, goes only with the next collection.
	 */
	private static long leastLiveBytes() {
		AtomicLong least = new AtomicLong(Long.MAX_VALUE);
		AtomicInteger inVain = new AtomicInteger();
		awaitOrGoOn(() -> {
			long live = liveBytes();
			inVain.set((live < least.get() - NOTHING) ? 0 : inVain.get() + 1);
			least.accumulateAndGet(live, Math::min);
			return inVain.get() == AT_REST;
		});
		return least.get();
	}

	/**
	 * Collect garbage, and add up what is left. What the heap says it uses afterwards may
	 * be a megabyte more, as collectors leave some garbage where it is.
	 */
	private static long liveBytes() {
		try {
			String histogram = (String) ManagementFactory.getPlatformMBeanServer()
				.invoke(new ObjectName("com.sun.management:type=DiagnosticCommand"), "gcClassHistogram",
						new Object[] { new String[0] }, new String[] { String[].class.getName() });
			String total = histogram.substring(histogram.lastIndexOf("Total")).trim();
			return Long.parseLong(total.substring(total.lastIndexOf(' ') + 1));
		}
		catch (JMException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void awaitOrGoOn(Callable<Boolean> condition) {
		try {
			await().pollInSameThread().pollInterval(Duration.ofMillis(20)).atMost(PATIENCE).until(condition);
		}
		catch (ConditionTimeoutException ex) {
			// The figures will say what there is
		}
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
