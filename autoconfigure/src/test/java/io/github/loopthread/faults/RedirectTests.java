package io.github.loopthread.faults;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.MultipartBodyBuilder;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;

import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.faults.Ending.Kind;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Responses that lead elsewhere. Spring Boot has all of its clients follow them.
 */
@Timeout(60)
class RedirectTests {

	private static final TestCertificates certificates = new TestCertificates();

	@AutoClose
	private static final HostileServer first = HostileServer.start();

	@AutoClose
	private static final HostileServer second = HostileServer.start();

	@AutoClose
	private static final HostileServer secure = HostileServer.start(certificates.server());

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.trusting(certificates.issuer());

	@RegisterExtension
	private static final DefaultClient staying = DefaultClient.create("spring.http.clients.redirects=dont-follow");

	@BeforeEach
	void greetEverybody() {
		for (HostileServer server : List.of(first, second, secure)) {
			server.answer((connection) -> connection.write(HostileServer.HELLO));
			server.takeHeads();
		}
	}

	@ParameterizedTest(name = "P6 {0} to the same host")
	@ValueSource(ints = { 301, 302, 303, 307, 308 })
	void credentialsGoAlongToTheSameHost(int status) {
		redirectOnce(first, status, "/hostile");
		assertThat(client.get(DefaultClient.LONG, first.url()).value()).isEqualTo("hello");
		assertThat(first.takeHeads()).hasSize(2).allMatch(RedirectTests::hasCredentials);
	}

	// The servers serve the other tests too
	@ParameterizedTest(name = "P6 {0}", autoCloseArguments = false)
	@MethodSource("elsewhere")
	void credentialsNeverGoElsewhere(String row, HostileServer from, String location, HostileServer to) {
		for (int status : new int[] { 301, 302, 303, 307, 308 }) {
			redirectOnce(from, status, location);
			assertThat(client.get(DefaultClient.LONG, from.url()).value()).isEqualTo("hello");
			List<String> heads = from.takeHeads();
			assertThat(heads.remove(0)).matches(RedirectTests::hasCredentials);
			heads.addAll(to.takeHeads());
			assertThat(heads).singleElement().asString().doesNotContain(DefaultClient.SECRET);
		}
	}

	// The servers serve the other tests too
	@ParameterizedTest(name = "P6 header of the caller''s own, {0}", autoCloseArguments = false)
	@MethodSource("elsewhere")
	void headersOfTheCallersOwnGoElsewhere(String row, HostileServer from, String location, HostileServer to) {
		for (int status : new int[] { 301, 302, 303, 307, 308 }) {
			redirectOnce(from, status, location);
			Mono<String> call = client.request(from.url())
				.header("X-Api-Key", "1234")
				.retrieve()
				.bodyToMono(String.class);
			assertThat(client.call(DefaultClient.LONG, call).value()).isEqualTo("hello");
			List<String> heads = from.takeHeads();
			heads.addAll(to.takeHeads());
			assertThat(heads).hasSize(2)
				.allSatisfy((head) -> assertThat(head).containsIgnoringCase("\r\nX-Api-Key: 1234\r\n"));
		}
	}

	@Test
	@DisplayName("P6 a chain of redirects")
	void credentialsDoNotComeBackFurtherOn() {
		redirectOnce(first, 302, second.url("/one"));
		AtomicInteger hops = new AtomicInteger();
		second.answer((connection) -> {
			int hop = hops.getAndIncrement();
			connection.write((hop < 5) ? redirect(302, "/two") : HostileServer.HELLO);
		});
		assertThat(client.get(DefaultClient.LONG, first.url()).value()).isEqualTo("hello");
		assertThat(second.takeHeads()).hasSize(6).noneMatch(RedirectTests::hasCredentials);
	}

	@Test
	@DisplayName("P6 the limit")
	void fiftyOneRedirectsAreFollowedAndNoMore() {
		AtomicInteger hops = new AtomicInteger();
		first.answer((connection) -> connection
			.write((hops.getAndIncrement() < 51) ? redirect(302, "/hostile") : HostileServer.HELLO));
		assertThat(client.get(DefaultClient.LONG, first.url()).value()).isEqualTo("hello");
		assertThat(first.takeHeads()).hasSize(52);
		hops.set(-1);
		assertThat(client.get(DefaultClient.LONG, first.url()).value()).isNull();
		assertThat(first.takeHeads()).hasSize(52);
	}

	@ParameterizedTest(name = "P6 loop of {0}")
	@ValueSource(ints = { 1, 2 })
	void loopEnds(int servers) {
		first.answer((connection) -> connection.write(redirect(307, ((servers == 1) ? first : second).url())));
		second.answer((connection) -> connection.write(redirect(307, first.url())));
		Ending ending = Ending.of(() -> client.loop()
			.withTimeout(DefaultClient.LONG)
			.execute(client.request(first.url())
				.exchangeToMono((response) -> response.releaseBody().thenReturn(response.statusCode().value()))));
		assertThat(ending.value()).isEqualTo(307);
		assertThat(first.takeHeads().size() + second.takeHeads().size()).isEqualTo(52);
	}

	@ParameterizedTest(name = "P6 {0}")
	@MethodSource("nowhere")
	void locationThatIsNoneHasOneClearEnding(String location) {
		redirectOnce(first, 302, location);
		Ending ending = client.get(DefaultClient.LONG, first.url());
		assertThat(ending.kind()).as(ending.toString()).isNotIn(Kind.TIMED_OUT, Kind.OTHER);
		assertThat(second.takeHeads()).isEmpty();
		first.takeHeads().forEach((head) -> assertThat(head).doesNotContain("\nInjected"));
		first.assertIsCalledAsBefore(client);
		System.out.printf("P6 to '%s': %s%n", location.substring(0, Math.min(60, location.length())), ending);
	}

	@ParameterizedTest(name = "P6 POST, {0}")
	@ValueSource(ints = { 301, 302, 307, 308 })
	void bodyGoesAlongWithItsMethod(int status) {
		redirectOnce(first, status, second.url());
		Queue<String> bodies = new ConcurrentLinkedQueue<>();
		second.answer((connection) -> {
			bodies.add(new String(connection.readFully(4), StandardCharsets.US_ASCII));
			connection.write(HostileServer.HELLO);
		});
		Ending ending = client.call(DefaultClient.LONG,
				client.web()
					.method(HttpMethod.POST)
					.uri(first.url())
					.bodyValue("body")
					.retrieve()
					.bodyToMono(String.class));
		assertThat(ending.value()).isEqualTo("hello");
		assertThat(second.takeHeads()).singleElement().asString().startsWith("POST ");
		assertThat(bodies).containsExactly("body");
	}

	@ParameterizedTest(name = "P6 {0} of {1}, 303")
	@MethodSource("bodies")
	void bodyStaysWhenServerSaysSeeOther(HttpMethod method, String kind,
			BodyInserter<?, ? super ClientHttpRequest> body) {
		// Its body is not read as the head of the next request
		first.answer(
				(connection) -> connection.write(redirect(303, second.url()).replace("\n\n", "\nConnection: close\n\n"))
					.stall());
		Ending ending = client.call(DefaultClient.LONG,
				client.web().method(method).uri(first.url()).body(body).retrieve().bodyToMono(String.class));
		assertThat(ending.value()).isEqualTo("hello");
		assertThat(first.takeHeads().get(0)).startsWith(method + " ").containsIgnoringCase("\r\nContent-Type: ");
		assertThat(second.takeHeads()).singleElement()
			.asString()
			.startsWith("GET ")
			.doesNotContainIgnoringCase("\r\nContent-")
			.doesNotContainIgnoringCase("\r\nTransfer-Encoding");
		// On the same connection: what had come behind the head would be read first
		second.assertIsCalledAsBefore(client);
	}

	@Test
	@DisplayName("P6 deadline")
	void deadlineIsThatOfAllRedirects() {
		AtomicLong redirected = new AtomicLong();
		first.answer((connection) -> {
			redirected.set(System.nanoTime());
			connection.write(redirect(302, second.url()));
		});
		try (HeldDeadlines deadlines = new HeldDeadlines()) {
			second.answer((connection) -> {
				// One that had begun with this request would be held
				deadlines.passThoseBegunBefore(redirected.get());
				connection.stall();
			});
			assertThat(client.get(DefaultClient.SHORT, first.url()).kind()).isEqualTo(Kind.TIMED_OUT);
		}
		second.awaitNoConnection();
	}

	@Test
	@DisplayName("P6 redirects switched off")
	void withoutRedirectsNoneIsFollowed() {
		redirectOnce(first, 302, second.url());
		assertThat(staying.get(DefaultClient.LONG, first.url()).kind()).isEqualTo(Kind.VALUE);
		assertThat(first.takeHeads()).hasSize(1);
		assertThat(second.takeHeads()).isEmpty();
	}

	static Stream<Arguments> elsewhere() {
		return Stream.of(Arguments.of("to another port", first, second.url(), second),
				Arguments.of("to another name of the host", first, first.url().replace("127.0.0.1", "localhost"),
						first),
				Arguments.of("without scheme", first, second.url().replace("http:", ""), second),
				Arguments.of("to another port, with TLS", first, secure.url(), secure),
				Arguments.of("from TLS to none", secure, first.url().replace("127.0.0.1", "localhost"), first));
	}

	static Stream<Arguments> bodies() {
		MultipartBodyBuilder parts = new MultipartBodyBuilder();
		parts.part("name", "value");
		return Stream.of(Arguments.of(HttpMethod.POST, "text", BodyInserters.fromValue("body")),
				Arguments.of(HttpMethod.PUT, "JSON", BodyInserters.fromValue(Map.of("name", "value"))),
				Arguments.of(HttpMethod.POST, "form", BodyInserters.fromFormData("name", "value")),
				Arguments.of(HttpMethod.POST, "parts", BodyInserters.fromMultipartData(parts.build())),
				Arguments.of(HttpMethod.PATCH, "file",
						BodyInserters.fromResource(new ClassPathResource("every-property.yml"))),
				Arguments.of(HttpMethod.DELETE, "several",
						BodyInserters.fromPublisher(Flux.just("a", "b"), String.class)));
	}

	static Stream<String> nowhere() {
		return Stream.of("", " ", "%", ":", "//", "///", "http:", "http://", "http:///x", "http://:80", "http://a b/",
				"http://[::1", "http://127.0.0.1:99999/", "http://127.0.0.1:-1/", "file:///etc/passwd",
				"file://localhost/etc/passwd", "jar:file:/tmp/x.jar!/x", "jar:http://127.0.0.1:1/x.jar!/",
				"ftp://127.0.0.1:1/", "gopher://127.0.0.1:1/_x", "javascript:alert(1)", "data:text/plain,hello",
				"unix:///var/run/docker.sock", "\\\\127.0.0.1\\x", "/x%0d%0aInjected: yes",
				"/\u010d\u010aInjected: yes", "/{x}", "/\u00e9", "?", "#", "x".repeat(8000));
	}

	private static void redirectOnce(HostileServer server, int status, String location) {
		AtomicInteger requests = new AtomicInteger();
		server.answer((connection) -> connection
			.write((requests.getAndIncrement() == 0) ? redirect(status, location) : HostileServer.HELLO));
	}

	private static String redirect(int status, String location) {
		return "HTTP/1.1 %d Elsewhere\nLocation: %s\nContent-Length: 0\n\n".formatted(status, location);
	}

	private static boolean hasCredentials(String head) {
		String lines = head.toLowerCase(Locale.ROOT);
		return lines.contains("authorization: bearer " + DefaultClient.SECRET)
				&& lines.contains("cookie: session=" + DefaultClient.SECRET);
	}

}
