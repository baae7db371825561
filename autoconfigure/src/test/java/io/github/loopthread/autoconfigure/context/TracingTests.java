package io.github.loopthread.autoconfigure.context;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.otel.bridge.EventPublishingContextWrapper;
import io.micrometer.tracing.otel.bridge.OtelCurrentTraceContext;
import io.micrometer.tracing.otel.bridge.OtelPropagator;
import io.micrometer.tracing.otel.bridge.OtelTracer;
import io.micrometer.tracing.otel.bridge.Slf4JEventListener;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.ContextStorage;
import io.opentelemetry.context.propagation.ContextPropagators;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopScope;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Traces of a real application on Tomcat, with OpenTelemetry: what a request calls on the
 * loop belongs to that request, as a child of the task that calls it.
 */
@Tag(NothingLeftExtension.OTHER_CLIENTS)
@ExtendWith(OutputCaptureExtension.class)
@Tag("once")
class TracingTests {

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	static {
		// Puts the current trace into the MDC, as Spring Boot has it
		Slf4JEventListener mdc = new Slf4JEventListener();
		ContextStorage.addWrapper(new EventPublishingContextWrapper(mdc::onEvent));
	}

	private final TestServer upstream = TestServer.start((routes) -> routes.get("/traceparent", (request,
			response) -> response.sendString(Mono.just(request.requestHeaders().get("traceparent", "none")))));

	@AfterEach
	void close() {
		Hooks.disableAutomaticContextPropagation();
		this.upstream.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void callsAreChildrenOfTasksAndThoseOfRequest(boolean automaticHook, CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext context = run(automaticHook)) {
			List<Way> ways = Stream.of(Way.values()).flatMap((way) -> Stream.of(way, way)).toList();
			for (Way way : ways) {
				get(context, way);
			}
			assertCallsAreGrandchildrenOfRequests(context, ways);
		}
		assertThat(output).doesNotContain("do not travel");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void tracesOfRequestsAtTheSameTimeAreNotMixed(boolean automaticHook) throws Exception {
		List<Way> ways = IntStream.range(0, 320).mapToObj((i) -> Way.values()[i % Way.values().length]).toList();
		ExecutorService browsers = Executors.newFixedThreadPool(16);
		try (ConfigurableApplicationContext context = run(automaticHook)) {
			List<Callable<Integer>> requests = ways.stream()
				.map((way) -> (Callable<Integer>) () -> get(context, way))
				.toList();
			List<Future<Integer>> statuses = browsers.invokeAll(requests, 45, TimeUnit.SECONDS);
			assertThat(statuses).allSatisfy((status) -> assertThat(status.get()).isEqualTo(200));
			assertCallsAreGrandchildrenOfRequests(context, ways);
		}
		finally {
			browsers.shutdownNow();
		}
	}

	@Test
	void traceOfCallerGoesOn() throws Exception {
		try (ConfigurableApplicationContext context = run(false)) {
			String trace = "0af7651916cd43dd8448eb211c80319c";
			get(context, Way.ONE, "traceparent", "00-%s-b7ad6b7169203331-01".formatted(trace));
			assertThat(visits(context)).singleElement()
				.satisfies((visit) -> assertThat(visit.upstream).singleElement()
					.asString()
					.startsWith("00-%s-".formatted(trace)));
			assertCallsAreGrandchildrenOfRequests(context, List.of(Way.ONE));
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void loopHasNoTraceBetweenRequests(boolean automaticHook) throws Exception {
		try (ConfigurableApplicationContext context = run(automaticHook)) {
			for (Way way : Way.values()) {
				get(context, way);
				assertLoopHasNoTrace(context);
			}
		}
	}

	@ParameterizedTest
	@EnumSource
	void loopHasNoTraceBetweenRequestsWithAccessorOfApplicationForMdc(MdcAccessor accessor) throws Exception {
		ContextRegistry.getInstance().registerThreadLocalAccessor(accessor.accessor);
		try (ConfigurableApplicationContext context = run(false)) {
			for (Way way : Way.values()) {
				get(context, way);
				assertLoopHasNoTrace(context);
			}
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor((String) accessor.accessor.key());
		}
	}

	private static void assertCallsAreGrandchildrenOfRequests(ConfigurableApplicationContext context, List<Way> ways) {
		Queue<SpanData> spans = context.getBean(Spans.class).ended;
		int below = ways.stream().mapToInt((way) -> way.tasks + way.calls).sum();
		await().untilAsserted(() -> assertThat(spans).hasSize(ways.size() + below));
		Map<String, List<SpanData>> children = spans.stream()
			.filter((span) -> span.getKind() != SpanKind.SERVER)
			.collect(Collectors.groupingBy(SpanData::getParentSpanId));
		Map<String, SpanData> servers = spans.stream()
			.filter((span) -> span.getKind() == SpanKind.SERVER)
			.collect(Collectors.toMap(SpanData::getSpanId, Function.identity()));
		assertThat(servers).hasSize(ways.size());
		assertThat(servers.values().stream().map(SpanData::getTraceId)).doesNotHaveDuplicates();
		assertThat(visits(context)).extracting((visit) -> visit.way).containsExactlyInAnyOrderElementsOf(ways);
		for (Visit visit : visits(context)) {
			SpanData server = servers.get(visit.spanId);
			assertThat(server).isNotNull();
			List<SpanData> tasks = children.get(visit.spanId);
			assertThat(tasks).hasSize(visit.way.tasks).allSatisfy((task) -> {
				assertThat(task.getName()).isEqualTo("loop unnamed");
				assertThat(task.getKind()).isEqualTo(SpanKind.INTERNAL);
			});
			List<SpanData> calls = tasks.stream().flatMap((task) -> children.get(task.getSpanId()).stream()).toList();
			assertThat(calls).hasSize(visit.way.calls)
				.allSatisfy((call) -> assertThat(call.getKind()).isEqualTo(SpanKind.CLIENT));
			assertThat(Stream.concat(tasks.stream(), calls.stream()).map(SpanData::getTraceId))
				.containsOnly(server.getTraceId());
			assertThat(visit.upstream)
				.containsExactlyInAnyOrderElementsOf(calls.stream().map(TracingTests::traceparent).toList());
			assertThat(visit.seenByCaller).hasSizeGreaterThan(1).containsOnly(current(server, "http.server.requests"));
			assertThat(visit.seenByTask).hasSizeGreaterThanOrEqualTo(visit.way.calls)
				.hasSameElementsAs(tasks.stream().map((task) -> current(task, "loop.execute")).toList());
		}
		assertThat(context.getBean(Family.class).members).hasSize(ways.size() + below)
			.allSatisfy((member) -> assertThat(ancestors(member)).doesNotContain(member));
	}

	private static String current(SpanData span, String observation) {
		return "%1$s-%2$s, MDC %1$s-%2$s, %3$s".formatted(span.getTraceId(), span.getSpanId(), observation);
	}

	private static List<Observation.ContextView> ancestors(Observation.ContextView member) {
		List<Observation.ContextView> ancestors = new ArrayList<>();
		ObservationView parent = member.getParentObservation();
		while (parent != null && ancestors.size() < 10) {
			ancestors.add(parent.getContextView());
			parent = parent.getContextView().getParentObservation();
		}
		assertThat(ancestors).hasSizeLessThan(3);
		return ancestors;
	}

	private static String traceparent(SpanData span) {
		return "00-%s-%s-%s".formatted(span.getTraceId(), span.getSpanId(),
				span.getSpanContext().getTraceFlags().asHex());
	}

	private static void assertLoopHasNoTrace(ConfigurableApplicationContext context) throws Exception {
		Shop shop = context.getBean(Shop.class);
		assertThat(context.getBean(LoopThread.class).eventLoopGroup().submit(shop::current).get(20, TimeUnit.SECONDS))
			.isEqualTo("none, MDC null-null, none");
	}

	private static Queue<Visit> visits(ConfigurableApplicationContext context) {
		return context.getBean(Shop.class).visits;
	}

	private ConfigurableApplicationContext run(boolean automaticHook) {
		if (automaticHook) {
			// What Spring Boot does for spring.reactor.context-propagation=auto
			Hooks.enableAutomaticContextPropagation();
		}
		SpringApplication spring = new SpringApplication(TracedApplication.class);
		spring.setDefaultProperties(Map.of("server.port", "0", "spring.main.banner-mode", "off",
				"loop.web-client.base-url", this.upstream.url("")));
		return spring.run();
	}

	private static int get(ConfigurableApplicationContext context, Way way, String... headers) throws Exception {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/" + way))
			.timeout(Duration.ofSeconds(30));
		if (headers.length > 0) {
			request.headers(headers);
		}
		HttpResponse<Void> response = http.send(request.build(), HttpResponse.BodyHandlers.discarding());
		assertThat(response.statusCode()).isEqualTo(200);
		return response.statusCode();
	}

	private enum Way {

		ONE(1, (shop, visit) -> shop.loop.execute(shop.call(visit))),

		ZIP(3, (shop, visit) -> shop.loop.execute(
				Mono.zip(shop.call(visit), shop.call(visit), shop.call(visit)).doOnNext((all) -> shop.look(visit)))),

		FLAT_MAP(2,
				(shop, visit) -> shop.loop.execute(
						shop.call(visit).flatMap((first) -> shop.call(visit)).doOnSuccess((last) -> shop.look(visit)))),

		SUBMIT(1, (shop, visit) -> shop.loop.submit(shop.call(visit)).join()),

		SUPPLIER(1, (shop, visit) -> shop.loop.execute(() -> {
			shop.look(visit);
			return shop.future(shop.call(visit));
		})),

		SUPPLIER_OF_TWO(2,
				(shop, visit) -> shop.loop
					.execute(() -> shop.future(shop.call(visit).flatMap((first) -> shop.call(visit))))),

		FORKS(3, 3, (shop, visit) -> {
			try (LoopScope scope = shop.loop.scope()) {
				for (int i = 0; i < 3; i++) {
					scope.fork(shop.call(visit));
				}
				scope.joinOrThrow();
			}
		}),

		RETRY(2, (shop, visit) -> shop.loop.execute(shop.call(visit).<String>handle((body, sink) -> {
			if (visit.upstream.size() < 2) {
				sink.error(new IllegalStateException("first"));
			}
			else {
				sink.next(body);
			}
		}).retry(1)));

		private final int tasks;

		private final int calls;

		private final BiConsumer<Shop, Visit> task;

		Way(int calls, BiConsumer<Shop, Visit> task) {
			this(1, calls, task);
		}

		Way(int tasks, int calls, BiConsumer<Shop, Visit> task) {
			this.tasks = tasks;
			this.calls = calls;
			this.task = task;
		}

	}

	private enum MdcAccessor {

		WHOLE(new Slf4jThreadLocalAccessor()), ONE_ENTRY(new ThreadLocalAccessor<String>() {

			@Override
			public Object key() {
				return "traceId";
			}

			@Override
			public String getValue() {
				return MDC.get("traceId");
			}

			@Override
			public void setValue(String value) {
				MDC.put("traceId", value);
			}

			@Override
			public void setValue() {
				MDC.remove("traceId");
			}

		});

		private final ThreadLocalAccessor<?> accessor;

		MdcAccessor(ThreadLocalAccessor<?> accessor) {
			this.accessor = accessor;
		}

	}

	/**
	 * One request: the span it has on the servlet thread, what upstream received, and
	 * what was current there and on the loop.
	 */
	private static final class Visit {

		private final Way way;

		private final String spanId;

		private final Queue<String> upstream = new ConcurrentLinkedQueue<>();

		private final Queue<String> seenByCaller = new ConcurrentLinkedQueue<>();

		private final Queue<String> seenByTask = new ConcurrentLinkedQueue<>();

		Visit(Way way, String spanId) {
			this.way = way;
			this.spanId = spanId;
		}

	}

	/**
	 * Every observation that was started.
	 */
	private static final class Family implements ObservationHandler<Observation.Context> {

		private final Queue<Observation.ContextView> members = new ConcurrentLinkedQueue<>();

		@Override
		public void onStart(Observation.Context context) {
			this.members.add(context);
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

	/**
	 * Every span that has ended.
	 */
	private static final class Spans implements SpanExporter {

		private final Queue<SpanData> ended = new ConcurrentLinkedQueue<>();

		@Override
		public CompletableResultCode export(Collection<SpanData> spans) {
			this.ended.addAll(spans);
			return CompletableResultCode.ofSuccess();
		}

		@Override
		public CompletableResultCode flush() {
			return CompletableResultCode.ofSuccess();
		}

		@Override
		public CompletableResultCode shutdown() {
			return CompletableResultCode.ofSuccess();
		}

	}

	@RestController
	static class Shop {

		private final LoopTemplate loop;

		private final WebClient client;

		private final Tracer tracer;

		private final ObservationRegistry observations;

		private final Queue<Visit> visits = new ConcurrentLinkedQueue<>();

		Shop(LoopTemplate loop, WebClient client, Tracer tracer, ObservationRegistry observations) {
			this.loop = loop;
			this.client = client;
			this.tracer = tracer;
			this.observations = observations;
		}

		@GetMapping("/{way}")
		void visit(@PathVariable String way) {
			Span span = this.tracer.currentSpan();
			Visit visit = new Visit(Way.valueOf(way), span.context().spanId());
			look(visit);
			visit.way.task.accept(this, visit);
			look(visit);
			this.visits.add(visit);
		}

		Mono<String> call(Visit visit) {
			return Mono.defer(() -> {
				look(visit);
				return this.client.get().uri("/traceparent").retrieve().bodyToMono(String.class);
			}).doOnNext((body) -> {
				visit.upstream.add(body);
				look(visit);
			});
		}

		CompletableFuture<String> future(Mono<String> call) {
			// Behind the automatic hook operators see what is in Reactor's context, and
			// there a future has nothing that is not captured
			return Hooks.isAutomaticContextPropagationEnabled() ? call.contextCapture().toFuture() : call.toFuture();
		}

		void look(Visit visit) {
			boolean inLoop = Thread.currentThread().getName().startsWith("loop-");
			(inLoop ? visit.seenByTask : visit.seenByCaller).add(current());
		}

		String current() {
			Span span = this.tracer.currentSpan();
			ObservationView observation = this.observations.getCurrentObservation();
			return "%s, MDC %s-%s, %s".formatted(
					(span != null) ? span.context().traceId() + "-" + span.context().spanId() : "none",
					MDC.get("traceId"), MDC.get("spanId"),
					(observation != null) ? observation.getContextView().getName() : "none");
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import(Shop.class)
	static class TracedApplication {

		@Bean
		Spans spans() {
			return new Spans();
		}

		@Bean
		SdkTracerProvider tracerProvider(Spans spans) {
			return SdkTracerProvider.builder().addSpanProcessor(SimpleSpanProcessor.create(spans)).build();
		}

		@Bean
		Tracer tracer(SdkTracerProvider provider) {
			return new OtelTracer(provider.get("test"), new OtelCurrentTraceContext(), (event) -> {
			});
		}

		@Bean
		ObservationHandler<?> tracing(Tracer tracer, SdkTracerProvider provider) {
			OtelPropagator propagator = new OtelPropagator(
					ContextPropagators.create(W3CTraceContextPropagator.getInstance()), provider.get("test"));
			return new ObservationHandler.FirstMatchingCompositeObservationHandler(
					new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
					new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
					new DefaultTracingObservationHandler(tracer));
		}

		@Bean
		Family family() {
			return new Family();
		}

	}

}
