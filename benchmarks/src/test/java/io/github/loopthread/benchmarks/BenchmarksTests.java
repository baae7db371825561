package io.github.loopthread.benchmarks;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The command itself, with processes, in as small a form as there is.
 */
@Timeout(300)
class BenchmarksTests {

	@Test
	void comparesWaysInTable() throws Exception {
		Goals goals = new Goals();
		String report = FanOutWork.a(Options.parse(List.of("--rounds=1", "--warmup=1", "--seconds=10", "--requests=20",
				"--callers=1", "--ways=loop,netty")), goals);
		assertThat(goals.report()).contains(Goal.A_NETTY.figure()).doesNotContain(Goal.A_BLOCK.figure());
		List<String> rows = report.lines().filter((line) -> line.startsWith("|")).toList();
		assertThat(rows).hasSize(4).allSatisfy((row) -> assertThat(row.chars().filter((c) -> c == '|')).hasSize(13));
		assertThat(rows.get(2)).contains("LoopThread")
			.endsWith("| 0 | " + "1.00 – **1.00** – 1.00 | ".repeat(3).trim());
		assertThat(rows.get(3)).contains("Netty on one loop");
	}

	@Test
	void refusesWhatItDoesNotKnow() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> FanOutWork.a(Options.parse(List.of("--round=1")), new Goals()))
			.withMessageContaining("'round'");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse(List.of("rounds")))
			.withMessageContaining("--name=value");
		assertThatIllegalArgumentException().isThrownBy(() -> Benchmarks.main(new String[] { "c" }))
			.withMessageContaining("'c'")
			.withMessageContaining("bridge");
	}

}
