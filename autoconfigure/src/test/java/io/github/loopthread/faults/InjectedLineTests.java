package io.github.loopthread.faults;

import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.http.HttpMethod;
import org.springframework.web.bind.annotation.CookieValue;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;

import io.github.loopthread.faults.Ending.Kind;
import io.github.loopthread.http.LoopHttpExchangeAdapter;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Strings that users may have written, with what ends lines in HTTP, brought to the wire
 * in every way there is: the server reads one request with the lines of an honest one, or
 * nothing.
 */
@Timeout(60)
@Tag("once")
class InjectedLineTests {

	// Lines of an honest request, whatever their values
	private static final Pattern LINE = Pattern.compile(
			"(?:accept-encoding|user-agent|host|accept|x-value|cookie|authorization|content-type|content-length|x-[a-z0-9!#$%&'*+.^_`|~-]*): ?[^\\r\\n\\x00]*",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern REQUEST_LINE = Pattern
		.compile("[!#$%&'*+.^_`|~A-Z0-9a-z-]+ /[^\\x00- \\x7f]* HTTP/1\\.1");

	@RegisterExtension
	private static final DefaultClient client = DefaultClient.create();

	@AutoClose
	private static final HostileServer server = HostileServer.start();

	private final Map<Kind, AtomicInteger> endings = new EnumMap<>(Kind.class);

	@ParameterizedTest(name = "P7 {0}")
	@EnumSource
	void isOneHonestRequestOrNone(Way way) {
		int lines = way.lines();
		HostileStrings.each(way, (text) -> {
			Ending ending = Ending.of(() -> way.call(text));
			this.endings.computeIfAbsent(ending.kind(), (kind) -> new AtomicInteger()).incrementAndGet();
			assertThat(ending.kind()).as("%s: %s", HostileStrings.quote(text), ending)
				.isIn(Kind.VALUE, Kind.ILLEGAL, Kind.NO_RESPONSE);
			List<String> heads = server.takeHeads();
			assertThat(heads).as(HostileStrings.quote(text)).hasSize((ending.kind() == Kind.VALUE) ? 1 : 0);
			heads.forEach((head) -> assertIsHonest(head, lines, HostileStrings.quote(text)));
		});
		System.out.printf("%d strings through %s: %s%n", HostileStrings.COUNT, way, this.endings);
		assertThat(client.get(DefaultClient.LONG, server.url("/")).value()).isEqualTo("hello");
	}

	@Test
	@DisplayName("P7 half of a surrogate pair, after which Netty writes one byte of the next character")
	void halfOfSurrogatePairIsRefused() {
		server.takeHeads();
		String text = "?\ud800\u0120HTTP/1.1\ud800\u010d\ud800\u010aInjected:\ud800\u0120yes\ud800\u010d\ud800\u010a";
		for (String hostile : List.of(text, text.replace("?", ""), text.replace("\ud800", "\udbff"), "\udc00",
				"\ud800")) {
			Ending ending = Ending.of(() -> Way.URI.call(hostile));
			assertThat(ending.kind()).isEqualTo(Kind.NO_RESPONSE);
			assertThat(ending.failure()).cause()
				.isInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("half of a surrogate pair");
		}
		assertThat(server.takeHeads()).isEmpty();
		assertThat(Ending.of(() -> Way.URI.call("\ud83d\ude00")).kind()).isEqualTo(Kind.VALUE);
		assertThat(server.takeHeads()).singleElement()
			.asString()
			.startsWith("GET /path/\u00f0\u009f\u0098\u0080 HTTP/1.1");
	}

	private static void assertIsHonest(String head, int lines, String text) {
		List<String> read = List.of(head.substring(0, head.length() - 4).split("\r\n", -1));
		assertThat(read).as(text).hasSize(lines);
		assertThat(read.get(0)).as(text + " as " + HostileStrings.quote(head)).matches(REQUEST_LINE);
		assertThat(read.subList(1, lines)).as(text).allMatch((line) -> LINE.matcher(line).matches());
	}

	/**
	 * The ways in which a string comes to the wire.
	 */
	enum Way {

		URI_VARIABLE((web, text) -> web.get().uri("/path/{variable}", text)),

		URI_VARIABLE_IN_QUERY((web, text) -> web.get().uri("/path?name={variable}", text)),

		URI_TEMPLATE((web, text) -> web.get().uri("/path/" + text.replaceAll("[{}]", ""))),

		QUERY_PARAMETER((web, text) -> web.get().uri((uri) -> uri.path("/path").queryParam("name", "{v}").build(text))),

		QUERY_PARAMETER_AS_IT_IS((web, text) -> web.get()
			.uri((uri) -> uri.path("/path").queryParam("name", text.replaceAll("[{}]", "")).build())),

		PATH_SEGMENT(
				(web, text) -> web.get().uri((uri) -> uri.pathSegment("path", text.replaceAll("[{}]", "")).build())),

		FRAGMENT((web, text) -> web.get().uri((uri) -> uri.path("/path").fragment("{v}").build(text))),

		URI((web, text) -> web.get().uri(java.net.URI.create(server.url("/path/") + text))),

		HEADER_VALUE((web, text) -> web.get().uri("/path").header("X-Value", text)),

		HEADER_NAME((web, text) -> web.get().uri("/path").header("X-" + text, "value")),

		DEFAULT_HEADER((web, text) -> web.mutate().defaultHeader("X-Value", text).build().get().uri("/path")),

		QUERY_PARAMETER_NAME((web, text) -> web.get()
			.uri((uri) -> uri.path("/path").queryParam(text.replaceAll("[{}]", ""), "value").build())),

		USER_INFO((web, text) -> web.get().uri((uri) -> uri.userInfo("{v}").path("/path").build(text))),

		COOKIE_VALUE((web, text) -> web.get().uri("/path").cookie("name", text)),

		COOKIE_NAME((web, text) -> web.get().uri("/path").cookie("n" + text, "value")),

		DEFAULT_COOKIE((web, text) -> web.mutate().defaultCookie("name", text).build().get().uri("/path")),

		METHOD((web, text) -> web.method(HttpMethod.valueOf("M" + text)).uri("/path")),

		BASE_URL((web, text) -> web.mutate()
			.baseUrl(server.url("/base/" + text.replaceAll("[{}]", "")))
			.build()
			.get()
			.uri("/path")),

		BASIC_USER((web, text) -> web.get().uri("/path").headers((headers) -> headers.setBasicAuth(text, "password"))),

		BASIC_PASSWORD((web, text) -> web.get().uri("/path").headers((headers) -> headers.setBasicAuth("user", text))),

		BEARER_TOKEN((web, text) -> web.get().uri("/path").headers((headers) -> headers.setBearerAuth(text))),

		CONTENT_TYPE((web, text) -> web.get().uri("/path").header("Content-Type", "text/plain;x=" + text)),

		INTERFACE_HEADER {

			@Override
			@Nullable String call(String text) {
				return declared().header(text);
			}

		},

		INTERFACE_HEADER_NAME {

			@Override
			@Nullable String call(String text) {
				return declared().headers(Map.of("X-" + text, "value"));
			}

		},

		INTERFACE_COOKIE {

			@Override
			@Nullable String call(String text) {
				return declared().cookie(text);
			}

		},

		INTERFACE_VARIABLE {

			@Override
			@Nullable String call(String text) {
				return declared().variable(text);
			}

		},

		INTERFACE_URI {

			@Override
			@Nullable String call(String text) {
				return declared().uri(java.net.URI.create(server.url("/path/") + text));
			}

		},

		INTERFACE_PARAMETER {

			@Override
			@Nullable String call(String text) {
				return declared().parameter(text);
			}

		};

		private final @Nullable Request request;

		Way() {
			this.request = null;
		}

		Way(Request request) {
			this.request = request;
		}

		@Nullable String call(String text) {
			WebClient web = client.web().mutate().baseUrl(server.url("")).build();
			return client.loop().execute(this.request.of(web, text).retrieve().bodyToMono(String.class));
		}

		/**
		 * Return how many lines a request has with a string that is harmless.
		 */
		int lines() {
			server.takeHeads();
			call("a");
			return server.takeHeads().get(0).split("\r\n").length;
		}

		private static Declared declared() {
			WebClient web = client.web().mutate().baseUrl(server.url("")).build();
			return LoopHttpExchangeAdapter.proxyFactoryBuilder(web, client.loop()).build().createClient(Declared.class);
		}

	}

	private interface Request {

		WebClient.RequestHeadersSpec<?> of(WebClient web, String text);

	}

	interface Declared {

		@GetExchange("/path")
		String header(@RequestHeader("X-Value") String value);

		@GetExchange("/path")
		String headers(@RequestHeader Map<String, String> headers);

		@GetExchange("/path")
		String cookie(@CookieValue("name") String value);

		@GetExchange("/path/{variable}")
		String variable(@PathVariable("variable") String value);

		@GetExchange("/path")
		String parameter(@RequestParam("name") String value);

		@GetExchange
		String uri(URI uri);

	}

}
