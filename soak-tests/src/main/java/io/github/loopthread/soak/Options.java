package io.github.loopthread.soak;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The arguments {@code --name=value}. What is not known is refused, so that a typing
 * error is no proof.
 *
 * @param length how long the whole run takes
 * @param seed what decides which faults there are, and when
 * @param pages requests for a page in each second, each of which makes 14 calls
 */
record Options(Duration length, long seed, int pages) {

	/** What a machine with two processors carries, also right after a fault. */
	static final int PAGES = 120;

	private static final int SHORTEST_SECONDS = 40;

	static Options parse(String[] args) {
		Map<String, String> values = new TreeMap<>(
				Map.of("minutes", "30", "pages", String.valueOf(PAGES), "seed", String.valueOf(randomSeed())));
		for (String arg : args) {
			int end = arg.indexOf('=');
			if (!arg.startsWith("--") || end < 0
					|| values.replace(arg.substring(2, end), arg.substring(end + 1)) == null) {
				throw new IllegalArgumentException(
						"Not an option: '%s'. There are: --minutes=30 --seed=<number> --pages=120".formatted(arg));
			}
		}
		Duration length = Duration.ofMillis((long) (60_000 * Double.parseDouble(values.get("minutes"))));
		if (length.toSeconds() < SHORTEST_SECONDS) {
			throw new IllegalArgumentException("'minutes' must be at least 0.7, for the start and the first faults: %s"
				.formatted(values.get("minutes")));
		}
		return new Options(length, Long.parseLong(values.get("seed")), Integer.parseInt(values.get("pages")));
	}

	double minutes() {
		return this.length.toMillis() / 60_000d;
	}

	private static long randomSeed() {
		// Short, to be typed again
		return ThreadLocalRandom.current().nextInt(1_000_000);
	}

}
