package io.github.loopthread.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.WebClient;

import io.github.loopthread.CallerValues;
import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopSettings;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.TestServer;
import io.github.loopthread.http.LoopClientHttpConnector;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tasks of many callers log on the loop has the ID of their own caller.
 */
@Timeout(60)
class LogIdentityTests {

	private static final int CALLERS = 16;

	private static final int CALLS = 20;

	private final Logger logger = (Logger) LoggerFactory.getLogger(LogIdentityTests.class);

	private final LogCheck check = new LogCheck();

	private final TestServer server = TestServer
		.start((routes) -> routes.get("/hello", (request, response) -> response.sendString(Mono.just("hello")))
			.get("/broken", (request, response) -> response.status(500).send()));

	private final LoopResource<? extends ClientHttpConnector> resource = LoopClientHttpConnector.resource(
			(pool) -> pool.maxConnections(4).pendingAcquireMaxCount(-1),
			(client, onLoop) -> new ReactorClientHttpConnector(onLoop.apply(client)));

	private final LoopThread loopThread = new LoopThread(LoopSettings.defaults(), List.of(this.resource),
			CallerValues.loopContext());

	private final LoopTemplate loop = new LoopTemplate(this.loopThread, Duration.ofSeconds(20));

	private final WebClient client = WebClient.builder()
		.baseUrl(this.server.url(""))
		.clientConnector(new LoopClientHttpConnector(this.resource))
		.build();

	@BeforeEach
	void start() {
		this.logger.setAdditive(false);
		this.check.setContext(this.logger.getLoggerContext());
		this.check.start();
		this.logger.addAppender(this.check);
		this.loopThread.start();
	}

	@AfterEach
	void stop() {
		this.loopThread.stop();
		this.server.close();
		this.logger.detachAppender(this.check);
		this.logger.setAdditive(true);
	}

	@Test
	@DisplayName("J11 IDs in the log")
	void everyLineHasTheIdOfItsCaller() throws Exception {
		List<Thread> callers = new ArrayList<>();
		for (int i = 0; i < CALLERS; i++) {
			String id = "u" + i;
			callers.add(new Thread(() -> call(id)));
		}
		callers.forEach(Thread::start);
		for (Thread caller : callers) {
			caller.join(40_000);
			assertThat(caller.isAlive()).isFalse();
		}
		assertThat(this.check.mismatches).isEmpty();
		// Of each call one line when it begins and one for each of its two responses
		assertThat(this.check.lines).isEqualTo(3 * CALLERS * CALLS);
	}

	private void call(String id) {
		Mono<Object> broken = this.client.get().uri("/broken").retrieve().bodyToMono(Object.class);
		Mono<String> call = this.client.get()
			.uri("/hello")
			.retrieve()
			.bodyToMono(String.class)
			.doOnSubscribe((subscription) -> this.logger.info(id))
			.doOnNext((body) -> this.logger.info(id))
			.flatMap((body) -> broken.doOnError((ex) -> this.logger.error(id, ex)).onErrorComplete().thenReturn(body));
		for (int i = 0; i < CALLS; i++) {
			try (CallerValues values = CallerValues.set(id)) {
				assertThat(this.loop.execute(call)).isEqualTo("hello");
			}
		}
	}

	/**
	 * Compares what is logged with what the logging thread has, as appenders do.
	 */
	private static final class LogCheck extends AppenderBase<ILoggingEvent> {

		private final Queue<String> mismatches = new ConcurrentLinkedQueue<>();

		// Written while appenders are locked
		private int lines;

		@Override
		protected void append(ILoggingEvent event) {
			this.lines++;
			String id = event.getMDCPropertyMap().get("user");
			if (!event.getMessage().equals(id) || !event.getThreadName().startsWith("loop-")) {
				this.mismatches.add("%s instead of %s on %s".formatted(id, event.getMessage(), event.getThreadName()));
			}
		}

	}

}
