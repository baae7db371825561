package io.github.loopthread.autoconfigure.context;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.MDC;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.http.codec.autoconfigure.CodecsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.TestServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopContextAutoConfiguration}.
 */
class ContextAutoConfigurationTests {

	private static final ThreadLocal<String> OWN = new ThreadLocal<>();

	private static final ThreadLocal<String> OTHER = new ThreadLocal<>();

	private final ObservationRegistry observations = ObservationRegistry.create();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopContextAutoConfiguration.class, LoopAutoConfiguration.class,
				LoopWebClientAutoConfiguration.class, SslAutoConfiguration.class, HttpClientAutoConfiguration.class,
				ReactiveHttpClientAutoConfiguration.class, CodecsAutoConfiguration.class,
				WebClientAutoConfiguration.class));

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello"))));

	private List<ThreadLocalAccessor<?>> accessorsBefore;

	@BeforeEach
	void prepare() {
		this.observations.observationConfig().observationHandler((context) -> true);
		this.accessorsBefore = List.copyOf(ContextRegistry.getInstance().getThreadLocalAccessors());
	}

	@AfterEach
	void close() {
		this.server.close();
		ContextRegistry.getInstance().removeThreadLocalAccessor("own");
		ContextRegistry.getInstance().removeThreadLocalAccessor("broken");
		ContextRegistry.getInstance().removeThreadLocalAccessor("other");
		assertThat(ContextRegistry.getInstance().getThreadLocalAccessors()).isEqualTo(this.accessorsBefore);
		assertThat(Hooks.isAutomaticContextPropagationEnabled()).isFalse();
	}

	@Test
	void everythingButRequestAttributesTravels() {
		ContextRegistry.getInstance().registerThreadLocalAccessor("own", OWN);
		this.contextRunner.run((context) -> assertTaskSees(context,
				"mdc=ada, locale=fr, security=ada, observation=ada, request=null, own=ada"));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			loop.context.mdc=false                | mdc=null, locale=fr, security=ada, observation=ada, request=null
			loop.context.locale=false             | mdc=ada, locale=null, security=ada, observation=ada, request=null
			loop.context.request-attributes=true  | mdc=ada, locale=fr, security=ada, observation=ada, request=ada
			loop.context.request-attributes=false | mdc=ada, locale=fr, security=ada, observation=ada, request=null
			""")
	void propertiesSayWhatTravels(String property, String expected) {
		this.contextRunner.withPropertyValues(property)
			.run((context) -> assertTaskSees(context, expected + ", own=null"));
	}

	@Test
	void accessorsOfApplicationAreFoundAtEachStart() {
		this.contextRunner.run((context) -> {
			assertTaskSees(context, "mdc=ada, locale=fr, security=ada, observation=ada, request=null, own=null");
			ContextRegistry.getInstance().registerThreadLocalAccessor("own", OWN);
			assertTaskSees(context, "mdc=ada, locale=fr, security=ada, observation=ada, request=null, own=null");
			restart(context);
			assertTaskSees(context, "mdc=ada, locale=fr, security=ada, observation=ada, request=null, own=ada");
			ContextRegistry.getInstance().removeThreadLocalAccessor("own");
			restart(context);
			assertTaskSees(context, "mdc=ada, locale=fr, security=ada, observation=ada, request=null, own=null");
		});
	}

	@Test
	void factoryOfApplicationWins() {
		ContextRegistry registry = new ContextRegistry().loadContextAccessors().registerThreadLocalAccessor("own", OWN);
		this.contextRunner
			.withBean(ContextSnapshotFactory.class,
					() -> ContextSnapshotFactory.builder().contextRegistry(registry).clearMissing(true).build())
			.withPropertyValues("loop.context.request-attributes=true")
			.run((context) -> assertTaskSees(context,
					"mdc=null, locale=null, security=null, observation=null, request=null, own=ada"));
	}

	@Test
	void nothingGlobalIsChanged() {
		this.contextRunner.withPropertyValues("loop.context.request-attributes=true").run((context) -> {
			assertTaskSees(context, "mdc=ada, locale=fr, security=ada, observation=ada, request=ada, own=null");
			assertThat(ContextRegistry.getInstance().getThreadLocalAccessors()).isEqualTo(this.accessorsBefore);
			assertThat(Hooks.isAutomaticContextPropagationEnabled()).isFalse();
		});
	}

	@ParameterizedTest
	@CsvSource({ "getValue, false", "setValue, false", "restore, false", "getValue, true", "setValue, true",
			"restore, true" })
	void accessorThatThrowsHarmsNobody(String method, boolean error) {
		BrokenAccessor broken = new BrokenAccessor(method,
				error ? new AssertionError("broken") : new IllegalStateException("broken"));
		ContextRegistry.getInstance()
			.registerThreadLocalAccessor("own", OWN)
			.registerThreadLocalAccessor(broken)
			.registerThreadLocalAccessor("other", OTHER);
		this.contextRunner.withPropertyValues("loop.context.request-attributes=true").run((context) -> {
			for (int i = 0; i < 3; i++) {
				assertTaskSees(context,
						"mdc=ada, locale=fr, security=ada, observation=ada, request=ada, own=ada, other=ada");
			}
			assertThat(broken.thrown).hasPositiveValue();
			LoopTemplate loop = context.getBean(LoopTemplate.class);
			assertThat(loop.execute(Mono.fromSupplier(this::current))).isEqualTo(nothing());
		});
	}

	private void assertTaskSees(ApplicationContext context, String expected) throws Exception {
		LoopTemplate loop = context.getBean(LoopTemplate.class);
		List<String> seen = new ArrayList<>();
		Mono<String> call = context.getBean(WebClient.class)
			.get()
			.uri(this.server.url("/hello"))
			.retrieve()
			.bodyToMono(String.class)
			.doOnNext((body) -> seen.add(current()))
			.doFinally((signal) -> seen.add(current()));
		setValues();
		String before = current();
		try {
			loop.execute(() -> CompletableFuture.completedFuture(seen.add(current())));
			loop.execute(Mono.fromRunnable(() -> seen.add(current())));
			loop.execute(call);
			// Some operators come after the caller has its result
			loop.execute(Mono.empty());
			loop.execute(() -> call.toFuture());
			loop.execute(Mono.empty());
			assertThat(current()).isEqualTo(before);
		}
		finally {
			clearValues();
		}
		assertThat(seen).hasSize(6).containsOnly(expected);
		assertThat(context.getBean(LoopThread.class).eventLoopGroup().submit(this::current).get(20, TimeUnit.SECONDS))
			.isEqualTo(nothing());
	}

	private static void restart(ApplicationContext context) {
		context.getBean(LoopThread.class).stop();
		context.getBean(LoopThread.class).start();
	}

	private void setValues() {
		MDC.put("user", "ada");
		LocaleContextHolder.setLocale(Locale.FRENCH);
		SecurityContextHolder.setContext(new SecurityContextImpl(new TestingAuthenticationToken("ada", "")));
		MockHttpServletRequest request = new MockHttpServletRequest();
		request.setAttribute("user", "ada");
		RequestContextHolder.setRequestAttributes(new ServletRequestAttributes(request));
		OWN.set("ada");
		OTHER.set("ada");
		Observation.start("ada", this.observations).openScope();
	}

	private void clearValues() {
		this.observations.getCurrentObservationScope().close();
		MDC.clear();
		LocaleContextHolder.resetLocaleContext();
		SecurityContextHolder.clearContext();
		RequestContextHolder.resetRequestAttributes();
		OWN.remove();
		OTHER.remove();
	}

	private String current() {
		LocaleContext locale = LocaleContextHolder.getLocaleContext();
		Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
		ObservationView observation = this.observations.getCurrentObservation();
		RequestAttributes request = RequestContextHolder.getRequestAttributes();
		return "mdc=%s, locale=%s, security=%s, observation=%s, request=%s, own=%s%s".formatted(MDC.get("user"),
				(locale != null) ? locale.getLocale() : null,
				(authentication != null) ? authentication.getName() : null,
				(observation != null) ? observation.getContextView().getName() : null,
				(request != null) ? request.getAttribute("user", RequestAttributes.SCOPE_REQUEST) : null, OWN.get(),
				(OTHER.get() != null) ? ", other=" + OTHER.get() : "");
	}

	private static String nothing() {
		return "mdc=null, locale=null, security=null, observation=null, request=null, own=null";
	}

	/**
	 * Throws in one of its methods, with or without an argument.
	 */
	private static final class BrokenAccessor implements ThreadLocalAccessor<String> {

		private final String method;

		private final Throwable thrower;

		private final AtomicInteger thrown = new AtomicInteger();

		BrokenAccessor(String method, Throwable thrower) {
			this.method = method;
			this.thrower = thrower;
		}

		@Override
		public Object key() {
			return "broken";
		}

		@Override
		public String getValue() {
			run("getValue");
			return "value";
		}

		@Override
		public void setValue(String value) {
			run("setValue");
		}

		@Override
		public void setValue() {
			run("setValue");
		}

		@Override
		public void restore(String previousValue) {
			run("restore");
		}

		@Override
		public void restore() {
			run("restore");
		}

		private void run(String method) {
			if (this.method.equals(method)) {
				this.thrown.incrementAndGet();
				ReflectionUtils.rethrowRuntimeException(this.thrower);
			}
		}

	}

}
