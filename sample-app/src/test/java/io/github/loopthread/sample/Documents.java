package io.github.loopthread.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The project's documents, and the Java sources that they speak of.
 */
final class Documents {

	static final Path ROOT = Path.of("..");

	private static final Pattern BLOCK = Pattern.compile("^ *```(\\w*)\n(.*?)^ *```$",
			Pattern.DOTALL | Pattern.MULTILINE);

	private Documents() {
	}

	/**
	 * Return every document: those of the root, and those of docs.
	 */
	static List<Path> all() {
		try (Stream<Path> root = Files.list(ROOT); Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
			return Stream.concat(root, docs).filter((file) -> file.toString().endsWith(".md")).sorted().toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return the blocks of code in a language.
	 */
	static Stream<String> blocks(Path document, String language) {
		return BLOCK.matcher(read(document))
			.results()
			.filter((block) -> block.group(1).equals(language))
			.map((block) -> block.group(2));
	}

	/**
	 * Return what stands outside of blocks of code.
	 */
	static String prose(Path document) {
		return BLOCK.matcher(read(document)).replaceAll("");
	}

	/**
	 * Return the anchors that links may lead to, made of headings as GitHub makes them.
	 */
	static Set<String> anchors(Path document) {
		Set<String> anchors = new HashSet<>();
		Map<String, Integer> seen = new HashMap<>();
		Pattern.compile("^#+ (.*)$", Pattern.MULTILINE)
			.matcher(prose(document))
			.results()
			.map((heading) -> heading.group(1)
				.toLowerCase(Locale.ROOT)
				.replaceAll("[^\\p{L}\\p{N} _-]", "")
				.replace(' ', '-'))
			.forEach((anchor) -> {
				int times = seen.merge(anchor, 1, Integer::sum);
				anchors.add((times > 1) ? anchor + "-" + (times - 1) : anchor);
			});
		return anchors;
	}

	/**
	 * Return the sources in a folder of the project.
	 */
	static List<Path> sources(String folder) {
		try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
			return files.filter((file) -> file.toString().endsWith(".java")).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static Stream<String> inlineCode(String text) {
		return Pattern.compile("`([^`\n]+(?:\n[^`\n]+)?)`")
			.matcher(text)
			.results()
			.map((MatchResult code) -> code.group(1).replaceAll("\\s+", " "));
	}

	static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
