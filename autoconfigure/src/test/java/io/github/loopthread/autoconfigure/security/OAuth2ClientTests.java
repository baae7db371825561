package io.github.loopthread.autoconfigure.security;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;

import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for Spring Security's servlet support for {@code WebClient} on the loop, in a
 * real servlet container, against an authorization server and a resource server.
 */
@Timeout(120)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
class OAuth2ClientTests {

	private static final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private static final TestAuthorizationServer authorizationServer = new TestAuthorizationServer();

	private static final AtomicInteger failing = new AtomicInteger();

	private static final TestServer resourceServer = TestServer.start((routes) -> routes
		.get("/echo", (request, response) -> response.sendString(OAuth2Application.bearer(request.requestHeaders())))
		.get("/fails-first",
				(request, response) -> (failing.incrementAndGet() % 2 != 0) ? response.status(500).send()
						: response.sendString(OAuth2Application.bearer(request.requestHeaders())))
		.get("/refuses-first",
				(request, response) -> request.requestHeaders().get("Authorization", "#1").endsWith("#1")
						? response.status(401).send()
						: response.sendString(OAuth2Application.bearer(request.requestHeaders()))));

	// By the arguments of their start, which takes longer than a test. The loop is new
	// for
	// each test
	private static final Map<List<String>, ConfigurableApplicationContext> applications = new HashMap<>();

	@BeforeEach
	void forgetOtherTests() {
		authorizationServer.reset();
		failing.set(0);
	}

	@AfterEach
	void stopLoops() {
		applications.values().forEach((application) -> application.getBean(LoopThread.class).stop());
	}

	@AfterAll
	static void close() {
		applications.values().forEach(ConfigurableApplicationContext::close);
		authorizationServer.close();
		resourceServer.close();
	}

	@ParameterizedTest
	@CsvSource({ "registration-id, basic, machine:-#1", "registration-id-of-user, basic, shop:ada#1",
			"given-client, basic, shop:ada#1", "default-registration-id, basic, machine:-#1",
			"default-client, oauth2, shop:ada#1", "default-client, basic, none", "relay, bearer, token-of-ada",
			"relay, basic, none", "documented, oauth2, shop:ada#1", "registered, basic, shop:ada#1",
			"flat-map, basic, shop:ada#1+machine:-#1", "zip, basic, shop:ada#1+machine:-#1",
			"retry, basic, machine:-#1" })
	void sendsSameTokenAsWithBlock(String call, String login, String expected) throws Exception {
		ConfigurableApplicationContext context = run();
		assertThat(get(context, "/block/" + call, "ada", login, null).body()).isEqualTo(expected);
		authorizationServer.reset();
		context.getBean(OAuth2Application.Clients.class).reset();
		assertThat(get(context, "/loop/" + call, "ada", login, null).body()).isEqualTo(expected);
	}

	@Test
	void findsValuesOfCallerAlsoWhenFirstAskedAfterAnotherCall() throws Exception {
		ConfigurableApplicationContext context = run();
		assertThat(get(context, "/loop/after-other-call", "ada", "basic", null).body()).isEqualTo("none+shop:ada#1");
	}

	@Test
	void usersNeverGetTokensOfOthers() throws Exception {
		int requests = 200;
		// So short that every call gets a new one
		authorizationServer.setValidityOfUsersTokens(Duration.ofSeconds(1));
		List<String> calls = List.of("registration-id-of-user", "default-client", "given-client", "flat-map", "zip");
		// Few, because each token request blocks one of Reactor's elastic threads, of
		// which
		// there are ten for each processor, until another one has written its body
		ExecutorService browsers = Executors.newFixedThreadPool(4);
		ConfigurableApplicationContext context = run();
		try {
			List<Callable<String>> pages = IntStream.range(0, 2 * requests).mapToObj((i) -> {
				String user = (i % 2 != 0) ? "ada" : "bob";
				String call = calls.get((i / 2) % calls.size());
				return (Callable<String>) () -> user + " got "
						+ get(context, "/loop/" + call, user, "oauth2", null).body();
			}).toList();
			List<String> answers = new ArrayList<>();
			for (Future<String> answer : browsers.invokeAll(pages, 90, TimeUnit.SECONDS)) {
				answers.add(answer.get());
			}
			assertThat(answers).hasSize(2 * requests)
				.allSatisfy((answer) -> assertThat(answer).matches("(\\w+) got shop:\\1#\\d+(\\+machine:-#\\d+)?"));
			assertThat(authorizationServer.issued()).isGreaterThanOrEqualTo(2 * requests);
		}
		finally {
			browsers.shutdownNow();
		}
	}

	@ParameterizedTest
	@CsvSource({ "block", "loop" })
	void tokenIsKeptInSessionThatCallHasMade(String way) throws Exception {
		ConfigurableApplicationContext context = run("--clients-in-session=true");
		String path = "/" + way + "/registration-id";
		HttpResponse<String> first = get(context, path, "ada", "basic", null);
		assertThat(first.body()).isEqualTo("machine:-#1");
		String session = first.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
		assertThat(get(context, path, "ada", "basic", session).body()).isEqualTo("machine:-#1");
		assertThat(authorizationServer.issued()).isEqualTo(1);
		assertThat(get(context, path, "ada", "basic", null).body()).isEqualTo("machine:-#2");
	}

	@ParameterizedTest
	@CsvSource({ "block", "loop" })
	void refusedTokenIsForgottenAndRetryGetsNewOne(String way) throws Exception {
		ConfigurableApplicationContext context = run("--clients-in-session=true");
		assertThat(get(context, "/" + way + "/retry-after-refusal", "ada", "basic", null).body())
			.isEqualTo("machine:-#2");
	}

	@ParameterizedTest
	@CsvSource({ "block", "loop" })
	void callerWithoutRequestSendsTokenOfItsUser(String way) {
		ConfigurableApplicationContext context = run();
		try {
			OAuth2Application.Calls calls = context.getBean(OAuth2Application.Calls.class);
			SecurityContextHolder.setContext(new SecurityContextImpl(new TestingAuthenticationToken("ada", "", "any")));
			assertThat(calls.run(way, "without-request")).isEqualTo("shop:ada#1");
		}
		finally {
			SecurityContextHolder.clearContext();
		}
	}

	@Test
	void nothingOfCallerStaysForTheNext() throws Exception {
		ConfigurableApplicationContext context = run();
		assertThat(get(context, "/loop/relay", "ada", "bearer", null).body()).isEqualTo("token-of-ada");
		assertThat(context.getBean(OAuth2Application.Calls.class).run("loop", "relay")).isEqualTo("none");
		assertThat(get(context, "/loop/relay", "bob", "bearer", null).body()).isEqualTo("token-of-bob");
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		ConfigurableApplicationContext context = applications.computeIfAbsent(List.of(arguments), (key) -> {
			SpringApplication spring = new SpringApplication(OAuth2Application.class);
			spring.setDefaultProperties(
					Map.of("server.port", "0", "spring.main.banner-mode", "off", "authorization-server.token-uri",
							authorizationServer.tokenUri(), "resource-server.url", resourceServer.url("")));
			return spring.run(arguments);
		});
		context.getBean(LoopThread.class).start();
		context.getBean(OAuth2Application.Clients.class).reset();
		return context;
	}

	private static HttpResponse<String> get(ConfigurableApplicationContext context, String path, String user,
			String login, String cookie) throws IOException, InterruptedException {
		int port = ((WebServerApplicationContext) context).getWebServer().getPort();
		String credentials = Base64.getEncoder().encodeToString((user + ":secret").getBytes(StandardCharsets.UTF_8));
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
			.timeout(Duration.ofSeconds(60))
			.header("Authorization", "Basic " + credentials)
			.header("X-Login", login);
		Optional.ofNullable(cookie).ifPresent((value) -> request.header("Cookie", value));
		return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
	}

}
