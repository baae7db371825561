package io.github.loopthread.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import io.github.loopthread.LoopTemplate;
import io.github.loopthread.LoopThreads;
import io.github.loopthread.autoconfigure.context.LoopContextAutoConfiguration;
import io.github.loopthread.autoconfigure.http.LoopWebClientAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Properties with values that are made up: an application starts and stops, or does not
 * start and says which property it is. The profile {@code proof} tries thousands.
 */
@Timeout(value = 20, unit = TimeUnit.MINUTES)
class PropertyFuzzTests {

	private static final int TRIES = 100 * Integer.getInteger("storm.factor", 1);

	private static final List<String> DURATIONS = List.of("loop.timeout", "loop.startup-timeout",
			"loop.shutdown.drain-timeout", "loop.shutdown.close-timeout", "loop.watchdog.threshold",
			"loop.web-client.pending-acquire-timeout", "loop.web-client.max-idle-time");

	private static final List<String> NUMBERS = List.of("loop.max-concurrent-tasks", "loop.web-client.max-connections",
			"loop.web-client.pending-acquire-max-count");

	private static final List<String> SWITCHES = List.of("loop.context.mdc", "loop.context.locale",
			"loop.context.request-attributes", "loop.web-client.enabled");

	private static final List<String> UNITS = List.of("", "ns", "us", "ms", "s", "m", "h", "d", "x", " s");

	private static final List<String> WORDS = List.of("", " ", "true", "false", "off", "auto", "nio", "epoll", "kqueue",
			"-", "1e3", "0x10", "PT1S", "P1D", "\u0661", "null", "http://localhost", "shop");

	private final long seed = System.nanoTime();

	private final Random random = new Random(this.seed);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(LoopContextAutoConfiguration.class, LoopAutoConfiguration.class,
				LoopWebClientAutoConfiguration.class));

	@Test
	@DisplayName("O4 properties with any values")
	void startsOrSaysWhichPropertyItIs() {
		int started = 0;
		for (int i = 0; i < TRIES; i++) {
			started += start() ? 1 : 0;
		}
		System.out.printf("%d of %d applications started, seed %d%n", started, TRIES, this.seed);
		assertThat(started).as("seed %d", this.seed).isBetween(TRIES / 20, TRIES * 19 / 20);
	}

	private boolean start() {
		TreeMap<String, String> properties = new TreeMap<>();
		for (int i = this.random.nextInt(4); i >= 0; i--) {
			add(properties);
		}
		String[] pairs = properties.entrySet().stream().map(Object::toString).toArray(String[]::new);
		boolean[] started = new boolean[1];
		this.contextRunner.withPropertyValues(pairs).run((context) -> {
			if (context.getStartupFailure() == null) {
				started[0] = true;
				assertThat(context.getBean(LoopTemplate.class)
					.withTimeout(Duration.ofSeconds(20))
					.execute(Mono.just("value"))).isEqualTo("value");
			}
			else {
				assertThat(messages(context.getStartupFailure())).as("%s, seed %d", properties, this.seed)
					.anySatisfy((message) -> assertThat(properties.keySet()).anyMatch(message::contains));
			}
		});
		// A thread that has told that its work is done ends a moment later
		await().untilAsserted(
				() -> assertThat(Thread.getAllStackTraces().keySet()).as("%s, seed %d", properties, this.seed)
					.noneMatch((thread) -> thread.getName().matches(".*-1(-watchdog|-start)?")
							&& thread.getClass().getPackageName().equals(LoopTemplate.class.getPackageName())));
		LoopThreads.assertNone("loop");
		return started[0];
	}

	private void add(TreeMap<String, String> properties) {
		switch (this.random.nextInt(8)) {
			case 0, 1, 2 -> properties.put(any(DURATIONS), number() + any(UNITS));
			case 3, 4 -> properties.put(any(NUMBERS), number());
			case 5 -> properties.put(any(SWITCHES), any(List.of("true", "false", "on", "maybe")));
			case 6 ->
				properties.put(any(List.of("loop.transport", "loop.name", "loop.web-client.base-url")), any(WORDS));
			default -> {
				List<String> all = new ArrayList<>(DURATIONS);
				all.addAll(NUMBERS);
				all.addAll(SWITCHES);
				properties.put(any(all), any(WORDS));
			}
		}
	}

	private String number() {
		return switch (this.random.nextInt(6)) {
			case 0 -> "0";
			case 1 -> Long.toString(this.random.nextLong());
			case 2 -> Integer.toString(-this.random.nextInt(100));
			case 3 -> Integer.toString(Integer.MAX_VALUE);
			default -> Integer.toString(1 + this.random.nextInt(10_000));
		};
	}

	private String any(List<String> values) {
		return values.get(this.random.nextInt(values.size()));
	}

	private static List<String> messages(Throwable failure) {
		List<String> messages = new ArrayList<>();
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			messages.add(String.valueOf(cause.getMessage()));
		}
		return messages;
	}

}
