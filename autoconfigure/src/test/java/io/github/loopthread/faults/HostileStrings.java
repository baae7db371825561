package io.github.loopthread.faults;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Strings that users may have written, with what ends lines in HTTP, in many disguises.
 */
final class HostileStrings {

	/**
	 * How many there are for each way to the wire.
	 */
	static final int COUNT = (Integer.getInteger("storm.factor", 1) > 1) ? 10_000 : 450;

	private static final long SEED = 20_261_128;

	private static final List<String> PIECES = List.of("\r\n", "\n", "\r", "\0", "\r\n\r\n", "\u0085", "\u2028",
			"\u010d", "\u010a", "\u560d\u560a", "\u000b", "\f", "\t", " ", ";", ",", ":", "=", "\"", "\\", "/", "?",
			"#", "%", "%0d%0a", "%0D", "%00", "%25%30%64", "{", "}", "{x}", "..", "\ud83d\ude00", "\ud800", "\u007f",
			"\u00e9", "a", "HTTP/1.1", "Injected: yes", "\r\nInjected: yes", "\nInjected: yes\r\n",
			"\r\n\r\nGET /injected HTTP/1.1\r\nHost: x\r\n\r\n", " HTTP/1.1\r\nInjected: yes\r\nX: ",
			"\u010d\u010aInjected: yes\u010d\u010a", "@", "[", "]", "|");

	private HostileStrings() {
	}

	/**
	 * Do something with each of the strings for a way to the wire, which are others than
	 * those for other ways and the same ones in each run.
	 */
	static void each(Enum<?> way, Consumer<String> action) {
		Random random = new Random(SEED + (way.getDeclaringClass().getSimpleName() + way.name()).hashCode());
		for (int i = 0; i < COUNT; i++) {
			action.accept(text(random));
		}
	}

	/**
	 * Return a string as it can be read in a message.
	 */
	static String quote(String text) {
		return text.chars()
			.mapToObj((c) -> (c > ' ' && c < 127) ? Character.toString(c) : "<%x>".formatted(c))
			.reduce("", String::concat);
	}

	private static String text(Random random) {
		StringBuilder text = new StringBuilder();
		for (int i = random.nextInt(6); i >= 0; i--) {
			text.append((random.nextInt(4) > 0) ? PIECES.get(random.nextInt(PIECES.size()))
					: Character.toString((char) random.nextInt(0x180)));
		}
		return text.toString();
	}

}
