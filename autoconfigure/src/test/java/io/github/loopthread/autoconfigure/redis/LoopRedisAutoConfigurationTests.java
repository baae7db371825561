package io.github.loopthread.autoconfigure.redis;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.observation.LettuceObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.RedisSocketConfiguration;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettucePoolingClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettucePoolingClientConfiguration;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.StringRedisTemplate;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThread;
import io.github.loopthread.NothingLeftExtension;
import io.github.loopthread.TestRedis;
import io.github.loopthread.autoconfigure.LoopAutoConfiguration;
import io.github.loopthread.redis.LettuceLoopResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link LoopRedisAutoConfiguration} with Spring Boot's own auto-configurations
 * around it and a real Redis server.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LoopRedisAutoConfigurationTests {

	private static TestRedis redis;

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopAutoConfiguration.class, LoopRedisAutoConfiguration.class,
				DataRedisAutoConfiguration.class, DataRedisReactiveAutoConfiguration.class))
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
	void reactiveCommandsConnectAndCompleteOnLoop() {
		this.contextRunner.run((context) -> {
			Mono<String> thread = context.getBean(ReactiveStringRedisTemplate.class)
				.opsForValue()
				.set("key", "value")
				.map((set) -> Thread.currentThread().getName());
			assertThat(context.getBean(LoopTemplate.class).execute(thread)).isEqualTo("loop-1");
			assertThat(lettuceThreads()).allMatch((name) -> name.startsWith("lettuce-timer"));
		});
	}

	@Test
	void loopIsTheOnlyEventLoop() {
		List<Thread> before = List.copyOf(Thread.getAllStackTraces().keySet());
		this.contextRunner.run((context) -> {
			execute(context, context.getBean(ReactiveStringRedisTemplate.class).opsForValue().set("key", "value"));
			context.getBean(StringRedisTemplate.class).opsForValue().get("key");
			// A thread that started the loop may not have ended yet
			await().pollInSameThread()
				.untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
					.filteredOn((thread) -> !before.contains(thread))
					.extracting((thread) -> thread.getName().replaceAll("\\d+", "N"))
					.filteredOn((name) -> !name.startsWith("junit"))
					.containsExactlyInAnyOrder("loop-N", "loop-N-watchdog", "lettuce-timer-N-N"));
			assertThat(redis.connections()).isEqualTo(2);
		});
		await().untilAsserted(() -> assertThat(redis.connections()).isZero());
		assertThat(lettuceThreads()).isEmpty();
	}

	@Test
	void synchronousCommandsFromCallers() {
		this.contextRunner.run((context) -> {
			StringRedisTemplate template = context.getBean(StringRedisTemplate.class);
			template.opsForValue().set("key", "value");
			assertThat(template.opsForValue().get("key")).isEqualTo("value");
		});
	}

	@Test
	void asynchronousApiThroughTemplate() {
		this.contextRunner.run((context) -> {
			RedisClient client = (RedisClient) context.getBean(LettuceConnectionFactory.class)
				.getRequiredNativeClient();
			try (StatefulRedisConnection<String, String> connection = client.connect()) {
				LoopTemplate loop = context.getBean(LoopTemplate.class);
				loop.execute(() -> connection.async().set("key", "value"));
				String thread = loop.execute(() -> connection.async()
					.get("key")
					.thenApply((value) -> value + " on " + Thread.currentThread().getName()));
				assertThat(thread).isEqualTo("value on loop-1");
			}
		});
	}

	@Test
	void tenThousandReactiveCommandsByOneCall() {
		this.contextRunner.run((context) -> {
			ReactiveStringRedisTemplate template = context.getBean(ReactiveStringRedisTemplate.class);
			Mono<Long> sum = Flux.range(0, 5000)
				.flatMap((i) -> template.opsForValue()
					.set("many:" + i, String.valueOf(i))
					.then(template.opsForValue().get("many:" + i)), 256)
				.doOnNext((value) -> assertThat(Thread.currentThread().getName()).isEqualTo("loop-1"))
				.reduce(0L, (total, value) -> total + Long.parseLong(value));
			assertThat(execute(context, sum)).isEqualTo(5000L * 4999 / 2);
			assertThat(redis.connections()).isEqualTo(1);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "nio", "epoll", "auto" })
	@EnabledOnOs(OS.LINUX)
	void lettuceUsesTransportOfLoop(String transport) {
		this.contextRunner.withPropertyValues("loop.transport=" + transport).run((context) -> {
			assertThat(execute(context, context.getBean(ReactiveStringRedisTemplate.class).opsForValue().get("none")))
				.isNull();
			context.getBean(StringRedisTemplate.class).opsForValue().set("key", "value");
			assertThat(redis.connections()).isEqualTo(2);
		});
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void unixDomainSocketsNeedNativeTransport() {
		ApplicationContextRunner runner = this.contextRunner.withUserConfiguration(UnixDomainSocket.class);
		runner.withPropertyValues("loop.transport=epoll").run((context) -> {
			assertThat(execute(context, context.getBean(ReactiveStringRedisTemplate.class).opsForValue().get("none")))
				.isNull();
			assertThat(redis.send("CLIENT LIST")).contains("loopthread-redis-");
		});
		runner.withPropertyValues("loop.transport=nio").run((context) -> {
			Mono<String> task = context.getBean(ReactiveStringRedisTemplate.class).opsForValue().get("none");
			assertThatExceptionOfType(RedisConnectionFailureException.class).isThrownBy(() -> execute(context, task))
				.havingRootCause()
				.withMessage(
						"Loop 'loop' has the transport nio and cannot have a channel of type EpollDomainSocketChannel. "
								+ "Set 'loop.transport' to what Lettuce uses, or keep Lettuce from using it with the system "
								+ "property 'io.lettuce.core.epoll', '.kqueue' or '.iouring' set to false");
		});
	}

	@Test
	void namesAreResolvedOnEachLoop() {
		this.contextRunner.withPropertyValues("spring.data.redis.host=localhost").run((context) -> {
			LoopThread loopThread = context.getBean(LoopThread.class);
			for (int i = 0; i < 3; i++) {
				ReactiveStringRedisTemplate template = context.getBean(ReactiveStringRedisTemplate.class);
				assertThat(execute(context, template.opsForValue().set("key", "value"))).isTrue();
				context.getSourceApplicationContext().stop();
				context.getSourceApplicationContext().start();
			}
			assertThat(loopThread.getGeneration()).isEqualTo(4);
		});
	}

	@Test
	void pooledConnections() {
		String[] properties = { "spring.data.redis.lettuce.pool.enabled=true",
				"spring.data.redis.lettuce.pool.max-active=2" };
		this.contextRunner.withPropertyValues(properties).run((context) -> {
			assertThat(context.getBean(LettuceConnectionFactory.class).getClientConfiguration())
				.isInstanceOf(LettucePoolingClientConfiguration.class);
			ReactiveStringRedisTemplate template = context.getBean(ReactiveStringRedisTemplate.class);
			Mono<Long> commands = Flux.range(0, 1000)
				.flatMap((i) -> template.opsForValue().increment("pooled"))
				.count();
			assertThat(execute(context, commands)).isEqualTo(1000);
			// Connections of its own, as for commands that block
			Mono<String> blocking = template.opsForList()
				.leftPush("list", "element")
				.then(template.opsForList().leftPop("list", Duration.ofSeconds(5)));
			for (int i = 0; i < 4; i++) {
				assertThat(execute(context, blocking)).isEqualTo("element");
			}
			StringRedisTemplate synchronous = context.getBean(StringRedisTemplate.class);
			assertThat(synchronous.opsForValue().get("pooled")).isEqualTo("1000");
		});
	}

	@Test
	void pooledConnectionsThatAreKeptIdleDoNotBlockLoop() {
		String[] properties = { "spring.data.redis.lettuce.pool.enabled=true",
				"spring.data.redis.lettuce.pool.min-idle=2" };
		this.contextRunner.withPropertyValues(properties).run((context) -> {
			ReactiveStringRedisTemplate template = context.getBean(ReactiveStringRedisTemplate.class);
			Mono<String> blocking = template.opsForList()
				.leftPush("list", "element")
				.then(template.opsForList().leftPop("list", Duration.ofSeconds(5)));
			assertThat(execute(context, blocking)).isEqualTo("element");
			LettucePoolingClientConfiguration pooling = (LettucePoolingClientConfiguration) context
				.getBean(LettuceConnectionFactory.class)
				.getClientConfiguration();
			assertThat(pooling.getPoolConfig().getMinIdle()).isEqualTo(2);
		});
	}

	@Test
	void unsharedConnections() {
		this.contextRunner.withBean(UnsharedConnections.class).run((context) -> {
			ReactiveStringRedisTemplate template = context.getBean(ReactiveStringRedisTemplate.class);
			assertThat(execute(context, template.opsForValue().set("key", "value"))).isTrue();
			assertThat(context.getBean(StringRedisTemplate.class).opsForValue().get("key")).isEqualTo("value");
			await().untilAsserted(() -> assertThat(redis.connections()).isZero());
		});
	}

	@Test
	void withoutPropertyNothingIsTouched() {
		this.contextRunner.withPropertyValues("loop.redis.enabled=false")
			.run(LoopRedisAutoConfigurationTests::isUntouched);
		this.contextRunner.withPropertyValues("loop.enabled=false").run(LoopRedisAutoConfigurationTests::isUntouched);
	}

	@Test
	// Lettuce's own resolver keeps its socket
	@Tag(NothingLeftExtension.OTHER_CLIENTS)
	void clientResourcesOfApplicationWin(CapturedOutput output) {
		this.contextRunner.withUserConfiguration(ForeignClientResources.class).run((context) -> {
			assertThat(context.getBean(LettuceConnectionFactory.class)).hasSameClassAs(new LettuceConnectionFactory());
			assertThat(context.getBean(StringRedisTemplate.class).opsForValue().get("none")).isNull();
		});
		assertThat(output)
			.contains("'loop.redis.enabled' has no effect: the application has ClientResources of its own");
	}

	@Test
	void clientResourcesOfApplicationMayBeOnLoop(CapturedOutput output) {
		this.contextRunner.withUserConfiguration(OwnClientResources.class).run((context) -> {
			Mono<String> thread = context.getBean(ReactiveStringRedisTemplate.class)
				.opsForValue()
				.set("key", "value")
				.map((set) -> Thread.currentThread().getName());
			assertThat(execute(context, thread)).isEqualTo("loop-1");
		});
		assertThat(output).doesNotContain("has no effect");
	}

	@Test
	void saysWhenLettuceIsMissing(CapturedOutput output) {
		this.contextRunner.withClassLoader(new FilteredClassLoader(RedisClient.class)).run((context) -> {
			assertThat(context).hasNotFailed().hasSingleBean(LoopTemplate.class);
			assertThat(output).contains("'loop.redis.enabled' has no effect: it needs spring-boot-starter-data-redis");
		});
	}

	@Test
	void saysWhenAnotherClientIsUsed(CapturedOutput output) {
		this.contextRunner.withPropertyValues("spring.data.redis.client-type=jedis")
			.run((context) -> assertThat(output)
				.contains("'loop.redis.enabled' has no effect: the application has no ClientResources of Lettuce"));
	}

	@Test
	void connectionFactoryOfAnotherClassStaysAndIsReported(CapturedOutput output) {
		this.contextRunner.withUserConfiguration(OwnConnectionFactory.class).run((context) -> {
			assertThat(context.getBean(LettuceConnectionFactory.class)).isExactlyInstanceOf(OwnFactory.class);
			context.getBean(StringRedisTemplate.class).opsForValue().set("key", "value");
			assertThat(lettuceThreads()).allMatch((name) -> name.startsWith("lettuce-timer"));
		});
		assertThat(output).contains("Redis connections of bean 'ownFactory' are on the loop, but its class");
	}

	@Test
	void connectionFactoryKeepsItsSettings() {
		this.contextRunner
			.withPropertyValues("spring.data.redis.database=3", "spring.data.redis.client-name=shop",
					"spring.data.redis.timeout=7s", "spring.data.redis.lettuce.shutdown-timeout=300ms")
			.run((context) -> {
				LettuceConnectionFactory factory = context.getBean(LettuceConnectionFactory.class);
				assertThat(factory).isExactlyInstanceOf(LoopLettuceConnectionFactory.class);
				assertThat(factory.getPort()).isEqualTo(redis.port());
				assertThat(factory.getDatabase()).isEqualTo(3);
				assertThat(factory.getTimeout()).isEqualTo(7000);
				assertThat(factory.getShutdownTimeout()).isEqualTo(300);
				execute(context, context.getBean(ReactiveStringRedisTemplate.class).opsForValue().set("key", "value"));
				assertThat(redis.send("CLIENT LIST")).contains("name=shop", "db=3");
			});
	}

	@Test
	void commandsAreStillObserved() {
		Queue<String> observed = new ConcurrentLinkedQueue<>();
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler((observation) -> observed.add(observation.getName()));
		this.contextRunner.withConfiguration(AutoConfigurations.of(LettuceObservationAutoConfiguration.class))
			.withBean(ObservationRegistry.class, () -> registry)
			.run((context) -> {
				execute(context, context.getBean(ReactiveStringRedisTemplate.class).opsForValue().set("key", "value"));
				assertThat(observed).contains("lettuce");
			});
	}

	@Test
	void eagerConnectionsAreMadeAtStart() {
		this.contextRunner.withBean(EagerConnections.class)
			.run((context) -> assertThat(redis.connections()).isEqualTo(2));
	}

	private static void isUntouched(AssertableApplicationContext context) {
		assertThat(context).hasNotFailed().doesNotHaveBean(LettuceLoopResource.class);
		assertThat(context.getBean(LettuceConnectionFactory.class)).hasSameClassAs(new LettuceConnectionFactory());
		assertThat(LettuceLoopResource.isAppliedTo(context.getBean(ClientResources.class))).isFalse();
	}

	private static <T> T execute(ApplicationContext context, Mono<T> task) {
		return context.getBean(LoopTemplate.class).execute(task);
	}

	private static List<String> lettuceThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.map(Thread::getName)
			.filter((name) -> name.startsWith("lettuce-"))
			.toList();
	}

	static class UnsharedConnections implements BeanPostProcessor {

		@Override
		public Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (bean instanceof LettuceConnectionFactory factory) {
				factory.setShareNativeConnection(false);
			}
			return bean;
		}

	}

	static class EagerConnections implements BeanPostProcessor {

		@Override
		public Object postProcessBeforeInitialization(Object bean, String beanName) {
			if (bean instanceof LettuceConnectionFactory factory) {
				factory.setEagerInitialization(true);
			}
			return bean;
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ForeignClientResources {

		@Bean(destroyMethod = "shutdown")
		DefaultClientResources clientResources() {
			return DefaultClientResources.create();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnClientResources {

		@Bean(destroyMethod = "shutdown")
		DefaultClientResources clientResources(LettuceLoopResource loopRedisResource) {
			DefaultClientResources.Builder builder = DefaultClientResources.builder();
			loopRedisResource.applyTo(builder);
			return builder.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class UnixDomainSocket {

		@Bean
		LettuceConnectionFactory connectionFactory(ClientResources clientResources) {
			return new LettuceConnectionFactory(new RedisSocketConfiguration(redis.socket()),
					LettuceClientConfiguration.builder().clientResources(clientResources).build());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnConnectionFactory {

		@Bean
		OwnFactory ownFactory(ClientResources clientResources) {
			return new OwnFactory(clientResources);
		}

	}

	static class OwnFactory extends LettuceConnectionFactory {

		OwnFactory(ClientResources clientResources) {
			super(new RedisStandaloneConfiguration("localhost", redis.port()),
					LettuceClientConfiguration.builder().clientResources(clientResources).build());
		}

	}

}
