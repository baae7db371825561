package io.github.loopthread.faults;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.http.client.autoconfigure.HttpClientAutoConfiguration;
import org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.webclient.autoconfigure.WebClientAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.RawServer;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Users who share one client and one connection: what one of them sends or is sent is in
 * no request of another.
 */
@Timeout(60)
class SharedClientTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopWebClientAutoConfiguration.class,
				HttpClientAutoConfiguration.class, ReactiveHttpClientAutoConfiguration.class,
				WebClientAutoConfiguration.class))
		.withPropertyValues("loop.web-client.max-connections=1");

	private final Queue<String> heads = new ConcurrentLinkedQueue<>();

	private RawServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = RawServer.start((connection) -> {
			for (String head = connection.readHead(); head != null; head = connection.readHead()) {
				this.heads.add(head);
				connection.write("HTTP/1.1 200 OK\nSet-Cookie: session=alice; Path=/\nContent-Length: 5\n\nhello");
			}
		});
	}

	@AfterEach
	void stop() throws Exception {
		this.server.close();
	}

	@Test
	@DisplayName("J12 cookies and credentials of another user")
	void requestHasNothingOfAnotherUser() {
		this.contextRunner.run((context) -> {
			WebClient shared = context.getBean(WebClient.class);
			String before = head(context, shared);
			for (int i = 0; i < 100; i++) {
				String alice = head(context,
						shared.mutate()
							.defaultHeader("X-User", "alice")
							.defaultCookie("user", "alice")
							.filter((request, next) -> next
								.exchange(ClientRequest.from(request).header("Authorization", "Bearer alice").build()))
							.build());
				assertThat(alice).contains("X-User: alice", "user=alice", "Bearer alice").doesNotContain("session=");
				head(context, shared.mutate().defaultRequest((request) -> request.cookie("user", "alice")).build());
				assertThat(head(context, shared)).isEqualTo(before);
			}
			assertThat(before).doesNotContainIgnoringCase("cookie").doesNotContain("alice");
			assertThat(this.server.acceptedConnections()).isOne();
		});
	}

	@Test
	@DisplayName("CP7 a client for each call")
	void clientsMadeFromTheSharedOneShareItsConnections() {
		this.contextRunner.run((context) -> {
			WebClient shared = context.getBean(WebClient.class);
			for (int i = 0; i < 100; i++) {
				head(context, shared.mutate().baseUrl(this.server.url("")).build());
			}
			assertThat(this.server.acceptedConnections()).isOne();
		});
	}

	/**
	 * Make a call and return the head of its request.
	 */
	private String head(ApplicationContext context, WebClient client) {
		Mono<String> call = client.get().uri(this.server.url("/")).retrieve().bodyToMono(String.class);
		assertThat(context.getBean(LoopTemplate.class).execute(call)).isEqualTo("hello");
		return this.heads.remove();
	}

}
