package io.github.loopthread.autoconfigure.redis;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.StringRedisTemplate;

import io.github.loopthread.HeldDeadlines;
import io.github.loopthread.LoopFreezer;
import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.LoopTimeoutException;
import io.github.loopthread.TestRedis;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.redis.LoopRedisConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * What happens to Redis calls on the loop thread, to synchronous ones and to the context
 * of the others.
 */
@Timeout(60)
class RedisOnLoopThreadTests {

	private static TestRedis redis;

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopContextAutoConfiguration.class,
				LoopRedisAutoConfiguration.class, DataRedisAutoConfiguration.class,
				DataRedisReactiveAutoConfiguration.class))
		.withPropertyValues("loop.redis.enabled=true", "spring.data.redis.port=" + redis.port(),
				"spring.data.redis.lettuce.pool.enabled=false");

	@BeforeAll
	static void startRedis() {
		redis = TestRedis.launch();
	}

	@AfterAll
	static void stopRedis() {
		redis.close();
	}

	@Test
	void synchronousCallOnLoopIsRefusedAndNothingIsSent() {
		this.contextRunner.run((context) -> {
			StringRedisTemplate template = context.getBean(StringRedisTemplate.class);
			template.opsForValue().set("key", "value");
			long before = redis.calls("get");
			Mono<String> task = Mono.fromSupplier(() -> template.opsForValue().get("key"));
			assertThatIllegalStateException().isThrownBy(() -> execute(context, task))
				.withMessage(
						"LettuceConnectionFactory.getConnection must not wait on thread 'loop-1', which may have to "
								+ "do what it waits for. Use ReactiveRedisTemplate, or Lettuce's asynchronous API");
			assertThat(redis.calls("get")).isEqualTo(before);
			assertThat(template.opsForValue().get("key")).isEqualTo("value");
		});
	}

	@Test
	void synchronousCallThatCannotBeRefusedIsNamedByTimeout() {
		this.contextRunner.withPropertyValues("spring.data.redis.timeout=5s").run((context) -> {
			RedisClient client = (RedisClient) context.getBean(LettuceConnectionFactory.class)
				.getRequiredNativeClient();
			try (StatefulRedisConnection<String, String> connection = client.connect()) {
				LoopTemplate loop = context.getBean(LoopTemplate.class).withTimeout(Duration.ofMillis(100));
				Mono<String> task = Mono.fromSupplier(() -> connection.sync().get("key"));
				try (HeldDeadlines deadlines = new HeldDeadlines()) {
					CompletableFuture<String> caller = CompletableFuture.supplyAsync(() -> loop.execute(task));
					await().until(() -> context.getBean(LoopThread.class).blockedIn() != null);
					deadlines.pass();
					assertThat(caller).failsWithin(Duration.ofSeconds(10))
						.withThrowableThat()
						.havingCause()
						.isInstanceOf(LoopTimeoutException.class)
						.withMessageContaining("while the loop is blocked in ")
						.withMessageContaining(getClass().getName() + ".lambda");
				}
			}
			// The loop is free again when the command's own time is up
			Mono<String> value = context.getBean(ReactiveStringRedisTemplate.class).opsForValue().get("none");
			assertThat(execute(context, value)).isNull();
		});
	}

	@Test
	void firstConnectionOnLoopDoesNotWaitForCallerWhoConnects() {
		this.contextRunner.run((context) -> {
			CompletableFuture<String> reactive;
			CompletableFuture<String> synchronous = new CompletableFuture<>();
			Thread caller = new Thread(
					() -> synchronous.complete(context.getBean(StringRedisTemplate.class).opsForValue().get("none")));
			try (LoopFreezer freezer = LoopFreezer.freeze(context.getBean(LoopThread.class))) {
				caller.start();
				await().until(() -> caller.getState() == Thread.State.WAITING);
				reactive = context.getBean(LoopTemplate.class)
					.submit(context.getBean(ReactiveStringRedisTemplate.class).opsForValue().get("none"));
			}
			assertThat(reactive.get(10, TimeUnit.SECONDS)).isNull();
			assertThat(synchronous.get(10, TimeUnit.SECONDS)).isNull();
		});
	}

	@Test
	void operatorsBehindReplySeeValuesOfCaller() {
		this.contextRunner.run((context) -> {
			ReactiveStringRedisTemplate template = context.getBean(ReactiveStringRedisTemplate.class);
			Mono<String> values = template.opsForValue()
				.set("key", "value")
				.map((set) -> MDC.get("user"))
				.zipWhen((first) -> template.opsForList()
					.range("none", 0, -1)
					.then(Mono.fromSupplier(() -> MDC.get("user"))))
				.map((both) -> both.getT1() + both.getT2());
			try {
				MDC.put("user", "ada");
				assertThat(execute(context, values)).isEqualTo("adaada");
				MDC.put("user", "bob");
				assertThat(execute(context, values)).isEqualTo("bobbob");
			}
			finally {
				MDC.clear();
			}
			assertThat(execute(context, Mono.fromSupplier(() -> MDC.get("user")))).isNull();
		});
	}

	@Test
	void operatorsBehindReplyOverConnectionOfApplicationSeeValuesOfCaller() {
		this.contextRunner.run((context) -> {
			RedisClient client = (RedisClient) context.getBean(LettuceConnectionFactory.class)
				.getRequiredNativeClient();
			try (StatefulRedisConnection<String, String> connection = client.connect()) {
				StatefulRedisConnection<String, String> view = LoopRedisConnection.of(StatefulRedisConnection.class,
						connection);
				Mono<String> reactive = view.reactive().set("key", "value").map((reply) -> MDC.get("user"));
				Mono<String> asynchronous = Mono.fromCompletionStage(() -> view.async().set("key", "value"))
					.publishOn(context.getBean(LoopThread.class).scheduler())
					.map((reply) -> MDC.get("user"));
				MDC.put("user", "ada");
				assertThat(execute(context, reactive)).isEqualTo("ada");
				assertThat(execute(context, asynchronous)).isEqualTo("ada");
			}
			finally {
				MDC.clear();
			}
		});
	}

	@Test
	void timeoutSaysWhichCommandItWaitedFor() {
		this.contextRunner.run((context) -> {
			ReactiveStringRedisTemplate template = context.getBean(ReactiveStringRedisTemplate.class);
			execute(context, template.opsForValue().get("none"));
			LoopTemplate loop = context.getBean(LoopTemplate.class).withTimeout(Duration.ofMillis(300));
			redis.send("CLIENT PAUSE 30000 WRITE");
			try (HeldDeadlines deadlines = new HeldDeadlines()) {
				deadlines.passWhenWaitingFor(context.getBean(LoopThread.class), "Redis command 'set'");
				assertThatExceptionOfType(LoopTimeoutException.class)
					.isThrownBy(() -> loop.execute(template.opsForValue().set("key", "a secret")))
					.withMessageContaining("waiting for Redis command 'set' since ")
					.withMessageNotContaining("secret");
			}
			finally {
				redis.send("CLIENT UNPAUSE");
			}
			assertThat(execute(context, template.opsForValue().get("none"))).isNull();
			assertThat(context.getBean(LoopThread.class).activeTasks()).isZero();
		});
	}

	@Test
	void fatalErrorBehindReplyFailsCallerAtOnce() {
		this.contextRunner.run((context) -> {
			Mono<Object> task = context.getBean(ReactiveStringRedisTemplate.class)
				.opsForValue()
				.set("key", "value")
				.map((set) -> {
					throw new OutOfMemoryError("not really");
				});
			assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> execute(context, task));
			assertThat(execute(context, context.getBean(ReactiveStringRedisTemplate.class).opsForValue().get("key")))
				.isEqualTo("value");
		});
	}

	private static <T> T execute(ApplicationContext context, Mono<T> task) {
		return context.getBean(LoopTemplate.class).execute(task);
	}

}
