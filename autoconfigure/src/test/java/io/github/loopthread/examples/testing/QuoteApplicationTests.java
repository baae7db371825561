package io.github.loopthread.examples.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.resttestclient.autoconfigure.AutoConfigureRestTestClient;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.annotation.DirtiesContext.ClassMode;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.test.LoopLeftoversExtension;

/**
 * The test of a whole application in {@code docs/testing.md}.
 */
@Timeout(60)
@Tag(NothingLeftExtension.OTHER_CLIENTS)
// For the census after each of our own tests
@DirtiesContext(classMode = ClassMode.AFTER_EACH_TEST_METHOD)
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@AutoConfigureRestTestClient
@ExtendWith(LoopLeftoversExtension.class)
class QuoteApplicationTests {

	private static final HttpServer UPSTREAM = upstream();

	@DynamicPropertySource
	static void upstream(DynamicPropertyRegistry registry) {
		registry.add("loop.web-client.base-url", () -> "http://127.0.0.1:" + UPSTREAM.getAddress().getPort());
	}

	@AfterAll
	static void stopUpstream() {
		UPSTREAM.stop(0);
	}

	@Test
	void quoteComesFromUpstreamAndTheAuthorItDoesNotKnowIsUnknown(@Autowired RestTestClient client) {
		client.get()
			.uri("/quotes/7")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(String.class)
			.isEqualTo("Simple things should be simple (unknown)");
	}

	private static HttpServer upstream() {
		try {
			HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
			server.createContext("/texts/7", (exchange) -> {
				byte[] body = "Simple things should be simple".getBytes(StandardCharsets.UTF_8);
				exchange.sendResponseHeaders(200, body.length);
				exchange.getResponseBody().write(body);
				exchange.close();
			});
			server.start();
			return server;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
