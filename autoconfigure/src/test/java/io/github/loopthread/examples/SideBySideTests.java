package io.github.loopthread.examples;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.MDC;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.ReactorClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;

import io.github.loopthread.BufferCensus;
import io.github.loopthread.LoopOperations;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;
import io.github.loopthread.examples.ProductPages.Page;
import io.github.loopthread.examples.ProductPages.Product;
import io.github.loopthread.examples.ProductPages.Reviews;
import io.github.loopthread.examples.ProductPages.Stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * The same task in three ways, as {@code docs/fan-out.md} shows and compares them. What
 * its table states is asserted here, also where the others do as well.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@ExtendWith(OutputCaptureExtension.class)
class SideBySideTests {

	private static final Duration TEN_SECONDS = Duration.ofSeconds(10);

	// Kept, as Reactor Netty keeps its own, which are not told from a server's
	private static final LoopResources OTHER_LOOPS = LoopResources.create(BufferCensus.OTHER_CLIENT, 1, true);

	private final ThreeServices services = new ThreeServices();

	private final CallerFilter filter = new CallerFilter();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopContextAutoConfiguration.class,
				LoopWebClientAutoConfiguration.class))
		.withPropertyValues("loop.web-client.base-url=" + this.services.url(),
				// Of a busy machine it would warn
				"loop.watchdog.threshold=10s");

	@AfterEach
	void stop() {
		this.services.close();
	}

	// What all of them do

	@ParameterizedTest
	@MethodSource("ways")
	void keepsWhatArrivedAndSaysWhyTheRestIsMissing(Way way) throws Exception {
		run(way, (pages) -> await().untilAsserted(() -> {
			long start = System.nanoTime();
			Page page = pages.page(ThreeServices.PRODUCT);
			Duration took = Duration.ofNanos(System.nanoTime() - start);
			System.out.printf("%s took %d ms, and returned %s%n", way, took.toMillis(), page);
			assertThat(took).isBetween(Duration.ofMillis(290), Duration.ofSeconds(10));
			assertThat(page.product()).isEqualTo(new Product("Pen"));
			assertThat(page.stock()).isEqualTo(Stock.UNKNOWN);
			assertThat(page.reviews()).isEqualTo(Reviews.NONE);
			assertThat(page.missing()).hasSize(2).allSatisfy(Document.FAN_OUT::assertShows);
		}));
	}

	@ParameterizedTest
	@MethodSource("ways")
	void nothingGoesOnAfterwards(Way way) throws Exception {
		run(way, (pages) -> {
			askForPageInTime(pages);
			if (way == Way.VIRTUAL_THREADS) {
				assertThat(this.filter.inProgress()).as("closing the executor waits").isZero();
			}
			await().untilAsserted(() -> assertThat(this.filter.inProgress()).isZero());
			await().untilAsserted(() -> assertThat(this.services.unanswered()).as("connection closed").isZero());
			assertThat(Stream.of("product", "stock", "reviews").map(this.services::asked)).containsOnly(1);
		});
	}

	@ParameterizedTest
	@MethodSource("ways")
	void emptyAnswerGivesFallback(Way way) throws Exception {
		run(way, (pages) -> await().untilAsserted(() -> assertThat(pages.page(ThreeServices.WITHOUT_STOCK))
			.isEqualTo(new Page(new Product("Pen"), Stock.UNKNOWN, new Reviews(List.of("Writes.")), List.of()))));
	}

	@ParameterizedTest
	@MethodSource("ways")
	void secondFailureIsReportedAndNotLogged(Way way, CapturedOutput output) throws Exception {
		AtomicInteger begin = new AtomicInteger();
		run(way, (pages) -> await().untilAsserted(() -> {
			// Of an attempt whose 300 ms were over Reactor logs what fails later, but not
			// on the loop
			begin.set((way != Way.LOOP) ? output.length() : 0);
			assertThat(pages.page(ThreeServices.WITH_TWO_BROKEN).missing()).hasSize(2)
				.allSatisfy((reason) -> assertThat(reason).contains("500 Internal Server Error"));
		}));
		assertThat(output.getAll().substring(begin.get())).doesNotContain(" WARN ").doesNotContain(" ERROR ");
	}

	@ParameterizedTest
	@MethodSource("ways")
	void interruptedCallerLeavesNothingRunning(Way way) throws Exception {
		run(way, (pages) -> {
			await().untilAsserted(() -> assertThat(interrupted(pages)).asString().contains("InterruptedException"));
			await().untilAsserted(() -> assertThat(this.filter.inProgress()).isZero());
			await().untilAsserted(() -> assertThat(this.services.unanswered()).isZero());
		});
	}

	/**
	 * Interrupt a caller while it waits for the service that never answers.
	 * @return what it got; {@code null} when its 300 ms were over before
	 */
	private @Nullable Throwable interrupted(ProductPages pages) throws Exception {
		this.services.forget();
		AtomicReference<Throwable> failure = new AtomicReference<>();
		Thread caller = new Thread(() -> {
			try {
				pages.page(ThreeServices.PRODUCT);
			}
			catch (Throwable ex) {
				failure.set(ex);
			}
		});
		caller.start();
		await().until(() -> this.services.asked("stock") == 1 || !caller.isAlive());
		caller.interrupt();
		caller.join();
		return failure.get();
	}

	// The caller's context

	@ParameterizedTest
	@MethodSource("ways")
	void mdcWithoutSetUp(Way way) throws Exception {
		run(way, (pages) -> withUser(() -> askForPageInTime(pages)));
		assertThat(this.services.users()).hasSize((way != Way.VIRTUAL_THREADS) ? 3 : 0);
		assertThat(this.filter.usersBehindResponse()).hasSize((way == Way.LOOP) ? 2 : 0);
	}

	@ParameterizedTest
	@MethodSource("ways")
	void mdcWithSetUp(Way way) throws Exception {
		ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
		// What 'spring.reactor.context-propagation=auto' does
		Hooks.enableAutomaticContextPropagation();
		try {
			run(way, (pages) -> withUser(() -> askForPageInTime(pages)));
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
			ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
		}
		assertThat(this.services.users()).containsExactly("alice", "alice", "alice");
		assertThat(this.filter.usersBehindResponse()).containsExactly("alice", "alice");
	}

	// What is easily got wrong with Mono.zip

	@Test
	void timeoutOfBlockThrowsAndGivesNothing() throws Exception {
		zip((pages) -> {
			Mono<String> all = Mono.zip(pages.product(ThreeServices.PRODUCT), pages.stock(ThreeServices.PRODUCT))
				.map(Object::toString);
			assertThatIllegalStateException().isThrownBy(() -> all.block(Duration.ofMillis(300)))
				.withMessageStartingWith("Timeout on blocking read for 300000000 NANOSECONDS");
			await().untilAsserted(() -> assertThat(this.services.unanswered()).isZero());
		});
	}

	@Test
	void emptyPartEmptiesZip() throws Exception {
		zip((pages) -> {
			Mono<String> all = Mono
				.zip(pages.product(ThreeServices.WITHOUT_STOCK), pages.stock(ThreeServices.WITHOUT_STOCK))
				.map(Object::toString);
			assertThat(all.block()).isNull();
		});
	}

	@Test
	void failedPartFailsZip() throws Exception {
		zip((pages) -> {
			Mono<String> all = Mono.zip(pages.product(ThreeServices.PRODUCT), pages.reviews(ThreeServices.PRODUCT))
				.map(Object::toString);
			assertThatExceptionOfType(WebClientResponseException.class).isThrownBy(all::block);
		});
	}

	@Test
	void failureOfPartThatZipHasGivenUpIsLoggedAsError(CapturedOutput output) {
		CompletableFuture<String> late = new CompletableFuture<>();
		Mono<String> all = Mono.zip(Mono.fromFuture(late, true), Mono.error(new IllegalStateException("first")))
			.map(Object::toString);
		assertThatIllegalStateException().isThrownBy(all::block).withMessage("first");
		late.completeExceptionally(new IOException("second"));
		assertThat(output).containsPattern("ERROR.* reactor\\.core\\.publisher\\.Operators")
			.contains("java.io.IOException: second");
	}

	// What is to be known about virtual threads

	@ParameterizedTest
	@EnabledForJreRange(min = JRE.JAVA_21)
	@EnumSource(Factory.class)
	void interruptClosesConnectionWithEachRequestFactory(Factory factory) throws Exception {
		virtualThreads(factory.create.get(), (pages) -> {
			assertThat(pages.page(ThreeServices.PRODUCT).missing()).contains("stock: CANCELLED");
			assertThat(this.filter.inProgress()).isZero();
			await().untilAsserted(() -> assertThat(this.services.unanswered()).isZero());
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void readTimeoutBelowTheLimitSaysWhichCallWasSlow() throws Exception {
		JdkClientHttpRequestFactory factory = new JdkClientHttpRequestFactory();
		factory.setReadTimeout(Duration.ofMillis(100));
		virtualThreads(factory, (pages) -> {
			await().untilAsserted(() -> assertThat(pages.page(ThreeServices.PRODUCT).missing())
				.anySatisfy((reason) -> assertThat(reason).startsWith(
						"stock: org.springframework.web.client.ResourceAccessException: I/O error on GET request for \""
								+ this.services.url() + "/stock/7\"")));
			await().untilAsserted(() -> assertThat(this.services.unanswered()).isZero());
		});
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void callThatIgnoresInterruptsKeepsCallerBeyondTheLimit() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		AtomicBoolean stubborn = new AtomicBoolean();
		ClientHttpRequestFactory factory = (uri, method) -> {
			if (stubborn.get()) {
				awaitUninterruptibly(release);
			}
			return new JdkClientHttpRequestFactory().createRequest(uri, method);
		};
		virtualThreads(factory, (pages) -> {
			stubborn.set(true);
			CompletableFuture<Page> page = new CompletableFuture<>();
			Thread caller = new Thread(() -> {
				try {
					page.complete(pages.page(ThreeServices.PRODUCT));
				}
				catch (Throwable ex) {
					page.completeExceptionally(ex);
				}
			});
			caller.start();
			await().until(() -> Arrays.stream(caller.getStackTrace())
				.anyMatch((frame) -> frame.getMethodName().equals("awaitTermination")));
			assertThat(page).isNotDone();
			release.countDown();
			assertThat(page).succeedsWithin(TEN_SECONDS)
				.satisfies((late) -> assertThat(late.missing()).containsExactly("product: CANCELLED",
						"stock: CANCELLED", "reviews: CANCELLED"));
		});
	}

	private static void awaitUninterruptibly(CountDownLatch latch) {
		boolean interrupted = false;
		while (latch.getCount() > 0) {
			try {
				latch.await();
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	// The document

	@Test
	void linesOfCodeAreThoseOfTheDocument() throws IOException {
		StringBuilder row = new StringBuilder("| lines of code |");
		for (Way way : Way.values()) {
			row.append(" %d |".formatted(way.code().size()));
		}
		Document.FAN_OUT.assertShows(row.toString());
	}

	/**
	 * Ask for a page, again if its 300 ms were over before each service had been asked
	 * and both of those that answer had done so.
	 */
	private void askForPageInTime(ProductPages pages) {
		await().pollInSameThread().until(() -> {
			this.services.forget();
			this.filter.forget();
			pages.page(ThreeServices.PRODUCT);
			return this.filter.responses() == 2 && Stream.of("product", "stock", "reviews")
				.allMatch((service) -> this.services.asked(service) == 1);
		});
	}

	private static void withUser(Runnable call) {
		MDC.put("user", "alice");
		try {
			call.run();
		}
		finally {
			MDC.remove("user");
		}
	}

	static List<Way> ways() {
		return Arrays.stream(Way.values()).filter(Way::isAvailable).toList();
	}

	private void run(Way way, Use<ProductPages> use) throws Exception {
		switch (way) {
			case LOOP -> loop(use);
			case ZIP -> zip(use::with);
			case VIRTUAL_THREADS -> virtualThreads(new JdkClientHttpRequestFactory(), use);
		}
	}

	private void loop(Use<ProductPages> use) {
		this.contextRunner.run((context) -> {
			LoopThread loopThread = context.getBean(LoopThread.class);
			WebClient client = context.getBean(WebClient.class).mutate().filter(this.filter).build();
			use.with(warm(new LoopPages(context.getBean(LoopOperations.class), client)));
			await().untilAsserted(() -> assertThat(loopThread.activeTasks()).isZero());
			assertThat(loopThread.openScopes()).isZero();
		});
	}

	private void zip(Use<ZipPages> use) throws Exception {
		ConnectionProvider connections = ConnectionProvider.create("zip");
		LoopResources loops = LoopResources.create(BufferCensus.OTHER_CLIENT, 2, true);
		try {
			use.with(warm(new ZipPages(WebClient.builder()
				.clientConnector(new ReactorClientHttpConnector(HttpClient.create(connections).runOn(loops)))
				.baseUrl(this.services.url())
				.filter(this.filter)
				.build())));
		}
		finally {
			connections.disposeLater().then(loops.disposeLater(Duration.ofMillis(1), TEN_SECONDS)).block(TEN_SECONDS);
		}
	}

	private void virtualThreads(ClientHttpRequestFactory factory, Use<ProductPages> use) throws Exception {
		RestClient client = RestClient.builder()
			.requestFactory(factory)
			.baseUrl(this.services.url())
			.requestInterceptor(this.filter)
			.build();
		use.with(warm(Java21Sources.create(VirtualThreads.PAGES, ProductPages.class, client)));
	}

	/**
	 * The first call may take longer than 300 ms, with whatever way.
	 */
	private <T extends ProductPages> T warm(T pages) throws Exception {
		await().atMost(TEN_SECONDS).until(() -> pages.page(ThreeServices.WITHOUT_STOCK).missing().isEmpty());
		this.services.forget();
		return pages;
	}

	private enum Way {

		LOOP("src/test/java", "LoopPages"), ZIP("src/test/java", "ZipPages"),
		VIRTUAL_THREADS("src/test/java21", "VirtualThreadPages");

		private final Path source;

		Way(String root, String type) {
			this.source = Path.of(root, "io/github/loopthread/examples", type + ".java");
		}

		boolean isAvailable() {
			return this != VIRTUAL_THREADS || JRE.currentVersionNumber() >= 21;
		}

		/**
		 * Return the code of the task without the calls themselves, which every way has:
		 * the methods {@code page} and {@code part}, without blank lines and annotations.
		 */
		List<String> code() throws IOException {
			return Pattern
				.compile("^\\t(public|private)[^(\n]* (page|part)\\(.*?^\\t}$", Pattern.MULTILINE | Pattern.DOTALL)
				.matcher(Files.readString(this.source))
				.results()
				.flatMap((method) -> method.group().lines())
				.filter((line) -> !line.isBlank())
				.toList();
		}

	}

	private enum Factory {

		JDK(JdkClientHttpRequestFactory::new),
		REACTOR(() -> new ReactorClientHttpRequestFactory(HttpClient.create().runOn(OTHER_LOOPS))),
		SIMPLE(SimpleClientHttpRequestFactory::new);

		private final Supplier<ClientHttpRequestFactory> create;

		Factory(Supplier<ClientHttpRequestFactory> create) {
			this.create = create;
		}

	}

	/**
	 * Compiled when it is first asked for.
	 */
	private static final class VirtualThreads {

		static final Class<?> PAGES = Java21Sources.load(MethodHandles.lookup(), "VirtualThreadPages");

	}

	private interface Use<T> {

		void with(T pages) throws Exception;

	}

}
