package io.github.loopthread.benchmarks;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.benchmarks.ways.Setup;
import io.github.loopthread.benchmarks.ways.Way;
import io.github.loopthread.benchmarks.ways.WayType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Every way gets what the upstream sends, and carries what it says it does: a rival that
 * does less is no rival.
 */
@Timeout(120)
class WaysTests {

	private static final int CALLS = 7;

	private static Certificate certificate;

	private static Upstream upstream;

	@BeforeAll
	static void start() throws Exception {
		certificate = Certificate.create();
		upstream = new Upstream(certificate.certificate(), certificate.key());
	}

	@AfterAll
	static void stop() throws Exception {
		upstream.close();
		certificate.close();
	}

	@ParameterizedTest
	@EnumSource(Setup.class)
	void waysGetBodiesOfUpstreamAndAreMeteredWhereSetupSaysSo(Setup setup) throws Exception {
		List<WayType> types = WayType.available().stream().filter((type) -> type.setup() == setup).toList();
		List<Object> bodies = IntStream.range(0, CALLS).<Object>mapToObj(Body.LARGE::item).toList();
		List<Object> bytes = IntStream.range(0, CALLS).<Object>mapToObj(Body.LARGE::bytes).toList();
		Target target = target(Body.LARGE, false);
		try (Application application = new Application(setup, target)) {
			for (WayType type : types) {
				try (Way way = type.create(application.context(), target)) {
					List<?> fetched = way.fetch(CALLS);
					assertThat(fetched).as(type.id()).allMatch(Body.LARGE::resembles).hasSize(CALLS);
					boolean decoded = fetched.get(0) instanceof Item;
					assertThat(decoded).as(type.id()).isEqualTo(!type.title().contains("no decoding"));
					assertThat(Stream.<Object>of(fetched.toArray())).as(type.id())
						.usingElementComparator((one, other) -> Objects.deepEquals(one, other) ? 0 : 1)
						.containsExactlyInAnyOrderElementsOf(decoded ? bodies : bytes);
				}
			}
			long metered = setup.properties().containsKey(Setup.METERED) ? 1 : 0;
			await().untilAsserted(() -> {
				assertThat(count(application.context(), "http.client.requests")).isEqualTo(metered * CALLS);
				assertThat(count(application.context(), "loop.tasks")).isEqualTo(setup.isLoop() ? metered : 0);
			});
		}
	}

	@ParameterizedTest
	@EnumSource(value = Setup.class, names = { "LOOP", "PLAIN" })
	void waysTrustUpstreamWithTls(Setup setup) throws Exception {
		Target target = target(Body.KILO, true);
		try (Application application = new Application(setup, target)) {
			for (WayType type : WayType.available().stream().filter((one) -> one.setup() == setup).toList()) {
				try (Way way = type.create(application.context(), target)) {
					assertThat(way.fetch(2)).as(type.id()).hasSize(2).allMatch(Body.KILO::resembles);
				}
			}
		}
	}

	@ParameterizedTest
	@EnumSource(value = Setup.class, names = { "LOOP", "HOOK", "PLAIN" })
	void operatorsSeeWhatCallerHasWhereSetupCarriesIt(Setup setup) {
		Target target = target(Body.TINY, false);
		try (Application application = new Application(setup, target)) {
			ConfigurableApplicationContext context = application.context();
			WebClient client = setup.isLoop() ? context.getBean("loopWebClient", WebClient.class)
					: context.getBean(WebClient.Builder.class).baseUrl(target.baseUrl()).build();
			Mono<String> seen = client.get()
				.uri(target.path(1))
				.retrieve()
				.bodyToMono(Item.class)
				.map((item) -> MDC.get(CallerValues.USER) + " " + user());
			CallerValues.set();
			assertThat(setup.isLoop() ? context.getBean(LoopTemplate.class).execute(seen) : seen.block())
				.isEqualTo(setup.hasContext() ? "alice alice" : "null null");
		}
		finally {
			CallerValues.clear();
		}
	}

	private static long count(ApplicationContext context, String timer) {
		return context.getBeanProvider(MeterRegistry.class)
			.stream()
			.flatMap((meters) -> meters.find(timer).timers().stream())
			.mapToLong(Timer::count)
			.sum();
	}

	private static Object user() {
		Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
		return (authentication != null) ? authentication.getPrincipal() : null;
	}

	private static Target target(Body body, boolean tls) {
		return new Target(upstream.port(tls), tls, body, 0);
	}

	/** An application, and an end to what it has changed for the whole JVM. */
	private record Application(ConfigurableApplicationContext context) implements AutoCloseable {

		Application(Setup setup, Target target) {
			this(BenchmarkApplication.run(setup, target, certificate.certificate().toString()));
		}

		@Override
		public void close() {
			this.context.close();
			Hooks.disableAutomaticContextPropagation();
			ContextRegistry.getInstance().removeThreadLocalAccessor(Slf4jThreadLocalAccessor.KEY);
		}

	}

}
