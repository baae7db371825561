package io.github.loopthread.autoconfigure.redis;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.resource.Delay;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.listener.ChannelTopic;
import org.springframework.data.redis.listener.RedisMessageListenerContainer;

import io.github.loopthread.LoopResource;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.TestRedis;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Redis on the loop when the loop, the context or the server stops and starts again.
 */
@Timeout(120)
@ExtendWith(OutputCaptureExtension.class)
class RedisRestartTests {

	private static final Duration SOON = Duration.ofSeconds(20);

	private final TestRedis redis = TestRedis.launch();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopRedisAutoConfiguration.class,
				DataRedisAutoConfiguration.class, DataRedisReactiveAutoConfiguration.class))
		.withPropertyValues("loop.redis.enabled=true", "spring.data.redis.port=" + this.redis.port(),
				"spring.data.redis.lettuce.pool.enabled=false", "spring.data.redis.timeout=20s",
				// The first command may load classes for long on a busy machine
				"loop.watchdog.threshold=10s");

	@AfterEach
	void leaveNothing() {
		this.redis.close();
		LoopThreads.assertNone("loop");
		await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet()).extracting(Thread::getName)
			.noneMatch((name) -> name.startsWith("lettuce-")));
	}

	@Test
	void nextCommandReconnectsOnNewLoop(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			LoopThread loopThread = context.getBean(LoopThread.class);
			StringRedisTemplate synchronous = context.getBean(StringRedisTemplate.class);
			for (int i = 1; i <= 5; i++) {
				assertThat(threadOfReply(context)).isEqualTo("loop-" + i);
				synchronous.opsForValue().set("key", "value");
				loopThread.stop();
				await().atMost(SOON).until(() -> this.redis.connections() == 0);
				loopThread.start();
			}
			assertThat(synchronous.opsForValue().get("key")).isEqualTo("value");
		});
		assertThat(output.getAll()).doesNotContain("WARN", "ERROR", "Exception");
	}

	@Test
	void resourceMayUseRedisWhileItOpens() {
		this.contextRunner.withUserConfiguration(Greeting.class).run((context) -> {
			LoopResource<?> greeting = context.getBean("greeting", LoopResource.class);
			assertThat(greeting.get()).isEqualTo("PONG on loop-1");
			context.getBean(LoopThread.class).stop();
			context.getBean(LoopThread.class).start();
			assertThat(greeting.get()).isEqualTo("PONG on loop-2");
		});
	}

	@Test
	void commandsInFlightWhenLoopRestartsEnd(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			threadOfReply(context);
			LoopThread loopThread = context.getBean(LoopThread.class);
			StringRedisTemplate synchronous = context.getBean(StringRedisTemplate.class);
			synchronous.opsForValue().set("key", "value");
			this.redis.send("CLIENT PAUSE 1000");
			List<CompletableFuture<String>> commands = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				commands.add(reactive(context).opsForValue().get("key").toFuture());
				commands.add(CompletableFuture.supplyAsync(() -> synchronous.opsForValue().get("key"),
						(task) -> new Thread(task).start()));
			}
			loopThread.stop();
			loopThread.start();
			for (CompletableFuture<String> command : commands) {
				assertThat(command.get(30, TimeUnit.SECONDS)).isEqualTo("value");
			}
			assertThat(threadOfReply(context)).isEqualTo("loop-2");
		});
		assertThat(output.getAll()).doesNotContain("ERROR", "Exception");
	}

	@Test
	void commandsEndInTimeWhileLoopIsStopped(CapturedOutput output) {
		this.contextRunner.withPropertyValues("spring.data.redis.timeout=1s").run((context) -> {
			awaitReply(context);
			context.getBean(LoopThread.class).stop();
			CompletableFuture<String> command = reactive(context).opsForValue().get("key").toFuture();
			await().atMost(Duration.ofSeconds(10)).until(command::isCompletedExceptionally);
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(command::get)
				.withRootCauseInstanceOf(RedisCommandTimeoutException.class);
		});
		assertThat(output.getAll()).doesNotContain("WARN", "ERROR");
	}

	@Test
	void connectingFailsAtOnceWhileLoopIsStopped() {
		this.contextRunner.run((context) -> {
			LoopThread loopThread = context.getBean(LoopThread.class);
			loopThread.stop();
			StringRedisTemplate synchronous = context.getBean(StringRedisTemplate.class);
			assertThatExceptionOfType(RedisConnectionFailureException.class)
				.isThrownBy(() -> synchronous.opsForValue().get("key"))
				.havingRootCause()
				.withMessageContaining("Loop 'loop' was stopped");
			loopThread.start();
			assertThat(synchronous.opsForValue().get("key")).isNull();
			assertThat(threadOfReply(context)).isEqualTo("loop-2");
		});
	}

	@Test
	void serverIsKilledWithCommandsInFlightAndStartedAgain() {
		this.contextRunner.run((context) -> {
			threadOfReply(context);
			this.redis.send("CLIENT PAUSE 60000");
			List<CompletableFuture<String>> commands = IntStream.range(0, 100)
				.mapToObj(
						(i) -> context.getBean(LoopTemplate.class).submit(reactive(context).opsForValue().get("none")))
				.toList();
			this.redis.kill();
			this.redis.start();
			List<Throwable> failures = new ArrayList<>();
			for (CompletableFuture<String> command : commands) {
				try {
					assertThat(command.get(30, TimeUnit.SECONDS)).isNull();
				}
				catch (ExecutionException ex) {
					failures.add(ex.getCause());
				}
			}
			// Where the connection was reset, Lettuce tells the first command in flight
			assertThat(failures).hasSizeLessThanOrEqualTo(1).allMatch(IOException.class::isInstance);
			assertThat(threadOfReply(context)).isEqualTo("loop-1");
			assertThat(context.getBean(LoopThread.class).activeTasks()).isZero();
		});
	}

	@Test
	void serverThatStaysAwayCostsEachCommandItsTimeout(CapturedOutput output) {
		this.contextRunner.withPropertyValues("spring.data.redis.timeout=1s").run((context) -> {
			awaitReply(context);
			this.redis.kill();
			assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> threadOfReply(context));
			context.getBean(LoopThread.class).stop();
			context.getBean(LoopThread.class).start();
			this.redis.start();
			assertThat(awaitReply(context)).isEqualTo("loop-2");
		});
		assertThat(output.getAll()).doesNotContain("ERROR", "\tat ");
	}

	@Test
	void serverThatComesBackWhileLoopIsStoppedIsFound(CapturedOutput output) {
		this.contextRunner.withPropertyValues("spring.data.redis.timeout=1s")
			.withUserConfiguration(FrequentReconnects.class)
			.run((context) -> {
				awaitReply(context);
				this.redis.kill();
				assertThatExceptionOfType(QueryTimeoutException.class).isThrownBy(() -> threadOfReply(context));
				context.getBean(LoopThread.class).stop();
				int length = output.length();
				// An attempt falls into this time
				await().during(Duration.ofMillis(500)).atMost(SOON).until(() -> output.length() == length);
				this.redis.start();
				context.getBean(LoopThread.class).start();
				assertThat(awaitReply(context)).isEqualTo("loop-2");
			});
	}

	@Test
	void applicationStartsWithoutServerAndConnectsWhenItIsThere() {
		this.redis.kill();
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(() -> threadOfReply(context));
			assertThatExceptionOfType(RedisConnectionFailureException.class)
				.isThrownBy(() -> context.getBean(StringRedisTemplate.class).opsForValue().get("key"));
			this.redis.start();
			assertThat(threadOfReply(context)).isEqualTo("loop-1");
			assertThat(context.getBean(StringRedisTemplate.class).opsForValue().get("none")).isNull();
		});
	}

	@Test
	void serverThatRefusesIsQuoted() {
		this.contextRunner.withPropertyValues("spring.data.redis.database=99")
			.run((context) -> assertThatExceptionOfType(RedisConnectionFailureException.class)
				.isThrownBy(() -> threadOfReply(context))
				.havingRootCause()
				.withMessageContaining("DB index is out of range"));
	}

	@Test
	void contextStopsAndStartsPausesAndRestarts(CapturedOutput output) {
		this.contextRunner.run((context) -> {
			ConfigurableApplicationContext source = context.getSourceApplicationContext();
			assertThat(threadOfReply(context)).isEqualTo("loop-1");
			source.stop();
			assertThat(this.redis.connections()).isZero();
			source.start();
			assertThat(threadOfReply(context)).isEqualTo("loop-2");
			source.pause();
			source.restart();
			assertThat(threadOfReply(context)).isEqualTo("loop-2");
			assertThat(context.getBean(StringRedisTemplate.class).opsForValue().get("none")).isNull();
		});
		assertThat(output.getAll()).doesNotContain("WARN", "ERROR", "Exception");
	}

	@Test
	void idleApplicationClosesInAMoment() {
		// Nothing but the clock says so. A busy machine may pause in one of the closings,
		// but not in each
		assertThat(IntStream.range(0, 3).anyMatch((i) -> closingMillis() < 1000)).isTrue();
	}

	private long closingMillis() {
		AtomicLong millis = new AtomicLong();
		this.contextRunner.run((context) -> {
			threadOfReply(context);
			context.getBean(StringRedisTemplate.class).opsForValue().get("none");
			long start = System.nanoTime();
			context.getSourceApplicationContext().close();
			millis.set(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
			System.out.println("Closing took %dms".formatted(millis.get()));
		});
		return millis.get();
	}

	@Test
	void subscriptionsSurviveRestartOfLoop() {
		this.contextRunner.withUserConfiguration(Subscriptions.class).run((context) -> {
			BlockingQueue<String> received = new LinkedBlockingQueue<>();
			RedisMessageListenerContainer container = context.getBean(RedisMessageListenerContainer.class);
			container.addMessageListener((message, pattern) -> received.add(new String(message.getBody())),
					ChannelTopic.of("news"));
			StringRedisTemplate template = context.getBean(StringRedisTemplate.class);
			template.convertAndSend("news", "first");
			assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("first");
			context.getBean(LoopThread.class).stop();
			context.getBean(LoopThread.class).start();
			await().atMost(SOON).until(() -> Objects.equals(template.convertAndSend("news", "second"), 1L));
			assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("second");
		});
	}

	@Test
	void refreshThatFailsLeavesNothing() {
		this.contextRunner.withBean(FailingBean.class).run((context) -> {
			assertThat(context).hasFailed();
			await().atMost(SOON).until(() -> this.redis.connections() == 0);
		});
	}

	/**
	 * Wait for a reply where the first may take longer than the timeout: it loads classes
	 * and connects.
	 */
	private static String awaitReply(ApplicationContext context) {
		return await().atMost(SOON).ignoreExceptions().until(() -> threadOfReply(context), Objects::nonNull);
	}

	private static String threadOfReply(ApplicationContext context) {
		Mono<String> thread = reactive(context).opsForValue()
			.set("key", "value")
			.map((set) -> Thread.currentThread().getName());
		return context.getBean(LoopTemplate.class).execute(thread);
	}

	private static ReactiveStringRedisTemplate reactive(ApplicationContext context) {
		return context.getBean(ReactiveStringRedisTemplate.class);
	}

	@Configuration(proxyBeanMethods = false)
	static class Subscriptions {

		@Bean
		RedisMessageListenerContainer container(RedisConnectionFactory connectionFactory) {
			RedisMessageListenerContainer container = new RedisMessageListenerContainer();
			container.setConnectionFactory(connectionFactory);
			return container;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class FrequentReconnects {

		@Bean
		ClientResourcesBuilderCustomizer reconnectDelay() {
			return (builder) -> builder.reconnectDelay(Delay.constant(Duration.ofMillis(100)));
		}

	}

	static class FailingBean {

		FailingBean(StringRedisTemplate template) {
			// Connects, and starts the loop on demand
			template.opsForValue().set("key", "value");
			throw new IllegalStateException("not today");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Greeting {

		@Bean
		LoopResource<String> greeting(ReactiveStringRedisTemplate redis) {
			return LoopResource.of("greeting",
					(loop) -> redis.execute(ReactiveRedisConnection::ping)
						.next()
						.map((pong) -> "%s on %s".formatted(pong, Thread.currentThread().getName())),
					(greeting) -> Mono.empty());
		}

	}

}
