package io.github.loopthread.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests and commands that documents name are there.
 */
class DocumentNamesTests {

	private static final Pattern TEST = Pattern.compile("(\\w+Tests)?(?:\\.(\\w+))?");

	private static final List<String> MODULES = List.of("autoconfigure", "starter", "sample-app", "benchmarks",
			"compatibility-tests");

	// Reactor's, in docs/acceptance.md
	private static final Set<String> TESTS_OF_OTHERS = Set.of("BlockingTests");

	private final Map<String, String> tests = tests();

	@Test
	void everyTestThatIsNamedIsThere() {
		List<String> missing = new ArrayList<>();
		for (Path document : Documents.all()) {
			for (String paragraph : Documents.prose(document).split("\n(?=\\||\\n|\\*)")) {
				missing(paragraph).forEach((name) -> missing.add(document.getFileName() + ": " + name));
			}
		}
		assertThat(missing).isEmpty();
	}

	@Test
	void testsThatAreNotThereAreFound() {
		assertThat(missing("`NoSuchTests`, `DocumentNamesTests.testsThatAreNotThereAreFound`, `.noSuchMethod`"))
			.containsExactly("NoSuchTests", "DocumentNamesTests.noSuchMethod");
	}

	@Test
	void everyCommandNamesWhatIsThere() {
		List<String> commands = commands().toList();
		assertThat(commands).hasSizeGreaterThan(15);
		String poms = MODULES.stream()
			.map((module) -> Documents.read(Documents.ROOT.resolve(module + "/pom.xml")))
			.reduce(Documents.read(Documents.ROOT.resolve("pom.xml")), String::concat);
		for (String command : commands) {
			values(command, "(?:^|\\s)-pl (\\S+)").flatMap((list) -> Stream.of(list.split(",")))
				.forEach((module) -> assertThat(Documents.ROOT.resolve(module + "/pom.xml")).as(command).exists());
			values(command, "(?:^|\\s)-P ?(\\w[\\w-]*)")
				.forEach((profile) -> assertThat(poms).as(command).contains("<id>%s</id>".formatted(profile)));
			values(command, "-Dtest='?([\\w,]+)").flatMap((list) -> Stream.of(list.split(",")))
				.forEach((test) -> assertThat(this.tests).as(command).containsKey(test));
			values(command, "(?:^|\\s)bash (\\S+)")
				.forEach((script) -> assertThat(Documents.ROOT.resolve(script)).as(command).exists());
			values(command, "-jar ([\\w-]+)/target/")
				.forEach((module) -> assertThat(Documents.ROOT.resolve(module)).as(command).isDirectory());
		}
	}

	private List<String> missing(String paragraph) {
		List<String> missing = new ArrayList<>();
		String type = null;
		for (String name : Documents.inlineCode(paragraph).toList()) {
			Matcher test = TEST.matcher(name);
			if (!test.matches() || (test.group(1) == null && type == null) || TESTS_OF_OTHERS.contains(name)) {
				continue;
			}
			type = (test.group(1) != null) ? test.group(1) : type;
			String method = test.group(2);
			if (!this.tests.containsKey(type)) {
				missing.add(type);
			}
			else if (method != null && !this.tests.get(type).contains("void " + method + "(")) {
				missing.add(type + "." + method);
			}
		}
		return missing;
	}

	private static Stream<String> commands() {
		return Documents.all().stream().flatMap((document) -> {
			Stream<String> blocks = Documents.blocks(document, "shell").flatMap(String::lines);
			Stream<String> inline = Documents.inlineCode(Documents.prose(document))
				.filter((code) -> code.matches("(mvn|bash|java) .*"));
			return Stream.concat(blocks, inline);
		});
	}

	private static Stream<String> values(String command, String pattern) {
		return Pattern.compile(pattern).matcher(command).results().map((MatchResult value) -> value.group(1));
	}

	private static Map<String, String> tests() {
		Map<String, String> tests = new HashMap<>();
		MODULES.stream()
			.filter((module) -> Files.isDirectory(Documents.ROOT.resolve(module + "/src/test")))
			.flatMap((module) -> Documents.sources(module + "/src/test").stream())
			.filter((file) -> file.toString().endsWith("Tests.java"))
			.forEach((file) -> tests.merge(file.getFileName().toString().replace(".java", ""), Documents.read(file),
					String::concat));
		return tests;
	}

}
