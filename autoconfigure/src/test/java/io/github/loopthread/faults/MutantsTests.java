package io.github.loopthread.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The seeded bugs, of which there is one for each guarantee, still fit the sources. That
 * they are caught is for {@code mutants/Mutants.java} to see, which takes longer.
 */
class MutantsTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	@Test
	void thereIsOneForEachGuarantee() throws IOException {
		assertThat(patches()).extracting((patch) -> patch.getFileName().toString().substring(0, 3))
			.containsExactlyElementsOf(IntStream.rangeClosed(1, 15).mapToObj("G%02d"::formatted).toList());
	}

	@ParameterizedTest
	@MethodSource("patches")
	void fitsSourcesAndNamesTest(Path patch) throws Exception {
		Process git = new ProcessBuilder("git", "apply", "--check", patch.toString()).directory(ROOT.toFile())
			.redirectErrorStream(true)
			.start();
		assertThat(new String(git.getInputStream().readAllBytes())).isEmpty();
		assertThat(git.waitFor()).isZero();
		List<String> head = Files.readAllLines(patch).subList(0, 2);
		assertThat(head.get(0)).startsWith("Bug: ").endsWith(".");
		String[] test = head.get(1).substring("Test: ".length()).split("#");
		Path source = Path.of("src/test/java", test[0].replace('.', '/') + ".java");
		assertThat(source).content().contains("void %s(".formatted(test[1]));
	}

	static List<Path> patches() throws IOException {
		try (Stream<Path> files = Files.list(ROOT.resolve("mutants"))) {
			return files.filter((file) -> file.toString().endsWith(".patch")).sorted().toList();
		}
	}

}
