package io.github.loopthread.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The fault matrix is true: every test that it names is there, and it has every row.
 */
class FaultMatrixTests {

	private static final Path ROOT = Path.of("..");

	// The numbers of rows stay, also those of rows that are left out
	private static final Map<String, Integer> ROWS_OF_GROUPS = rowsOfGroups(
			"A 13, B 12, C 6, D 9, E 6, F 8, CP 8, " + "H 15, I 7, J 12, K 4, L 8, M 7, N 8, O 5, P 14, Q 4, R 8");

	private static final int ROWS_WITH_TESTS = 120;

	private static final Pattern ROW = Pattern.compile("^\\| ([A-Z]{1,2}\\d+) \\| (\\S.*?) \\| (\\S.*?) \\|$",
			Pattern.MULTILINE);

	private static final Pattern FIRST = Pattern
		.compile("^\\| (\\d+) \\| ([A-Z]{1,2}\\d+) \\| \\S.*? \\| (\\S.*?) \\|$", Pattern.MULTILINE);

	private static final Pattern TESTS = Pattern.compile("`\\w+\\.\\w+`(, `\\w+\\.\\w+`)*");

	private static final Pattern LEFT_OUT = Pattern.compile("left out: \\S.*");

	private final String document = read(ROOT.resolve("docs/fault-matrix.md"));

	private final Map<String, String> rows = rows();

	@Test
	void hasEveryRowInOrder() {
		List<String> expected = ROWS_OF_GROUPS.entrySet()
			.stream()
			.flatMap((group) -> IntStream.rangeClosed(1, group.getValue()).mapToObj((row) -> group.getKey() + row))
			.toList();
		assertThat(this.rows.keySet()).containsExactlyElementsOf(expected);
	}

	@Test
	void rowHasTestsOrSaysWhyNot() {
		assertThat(this.rows)
			.allSatisfy((row, cell) -> assertThat(cell).as(row).matches("%s|%s".formatted(TESTS, LEFT_OUT)));
		assertThat(this.rows.values()).filteredOn((cell) -> TESTS.matcher(cell).matches())
			.hasSizeGreaterThanOrEqualTo(ROWS_WITH_TESTS);
	}

	@Test
	void everyTestExistsAndRuns() throws IOException {
		Map<String, String> sources = sources();
		Stream<String> cells = Stream.concat(this.rows.values().stream(),
				first().stream().map((first) -> first.group(3)));
		List<String> tests = cells.filter((cell) -> TESTS.matcher(cell).matches())
			.flatMap((cell) -> Stream.of(cell.replace("`", "").split(", ")))
			.distinct()
			.toList();
		assertThat(tests).isNotEmpty().allSatisfy((test) -> {
			String[] names = test.split("\\.");
			assertThat(sources).as(test).containsKey(names[0]);
			String source = sources.get(names[0]);
			assertThat(source).as(test)
				.containsPattern(
						"@(Test|ParameterizedTest)\\b(?:(?!\\bvoid\\b)[\\s\\S])*\\bvoid %s\\(".formatted(names[1]))
				.doesNotContainPattern("@Disabled\\b");
		});
	}

	@Test
	void theFirstTwentyAreThereAndEachHasTests() {
		List<MatchResult> first = first();
		assertThat(first).extracting((row) -> Integer.valueOf(row.group(1)))
			.containsExactlyElementsOf(IntStream.rangeClosed(1, 20).boxed().toList());
		assertThat(first).extracting((row) -> row.group(2)).doesNotHaveDuplicates();
		assertThat(first).allSatisfy((row) -> {
			assertThat(row.group(3)).matches(TESTS);
			assertThat(this.rows.get(row.group(2))).as(row.group(2)).contains(row.group(3));
		});
	}

	private List<MatchResult> first() {
		return FIRST.matcher(this.document).results().toList();
	}

	private Map<String, String> rows() {
		Map<String, String> rows = new LinkedHashMap<>();
		ROW.matcher(this.document)
			.results()
			.forEach((row) -> assertThat(rows.put(row.group(1), row.group(3))).as(row.group(1)).isNull());
		return rows;
	}

	/**
	 * Return the sources of all tests of all modules, by the name of the class.
	 */
	private static Map<String, String> sources() throws IOException {
		List<Path> files = new ArrayList<>();
		try (Stream<Path> modules = Files.list(ROOT)) {
			for (Path module : modules.filter((entry) -> Files.isDirectory(entry.resolve("src/test"))).toList()) {
				try (Stream<Path> tests = Files.walk(module.resolve("src/test"))) {
					tests.filter((file) -> file.toString().endsWith("Tests.java")).forEach(files::add);
				}
			}
		}
		return files.stream()
			.collect(Collectors.toMap((file) -> file.getFileName().toString().replace(".java", ""),
					FaultMatrixTests::read));
	}

	private static Map<String, Integer> rowsOfGroups(String groups) {
		Map<String, Integer> rows = new LinkedHashMap<>();
		for (String group : groups.split(", ")) {
			String[] parts = group.split(" ");
			rows.put(parts[0], Integer.valueOf(parts[1]));
		}
		return rows;
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
