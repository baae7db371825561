package io.github.loopthread.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@code docs/fan-out.md} shows of what tests see.
 */
final class FanOutDocument {

	private FanOutDocument() {
	}

	/**
	 * Assert that a text is in the document, apart from line breaks and from what differs
	 * from run to run: milliseconds and ports.
	 */
	static void assertShows(String text) {
		assertThat(normalized(read())).contains(normalized(text));
	}

	private static String read() {
		try {
			return Files.readString(Path.of("../docs/fan-out.md"));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String normalized(String text) {
		return text.replaceAll("127\\.0\\.0\\.1:\\d+", "").replaceAll("\\d+ms", "").replaceAll("\\s+", " ");
	}

}
