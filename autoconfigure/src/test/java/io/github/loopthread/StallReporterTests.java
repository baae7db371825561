package io.github.loopthread;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StallReporter}: when it reports. What it says of a real loop is for
 * {@link LoopWatchdogTests}.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class StallReporterTests {

	private final GenerationThreads threads = new GenerationThreads("loop-1", null, () -> {
	});

	private final LoopEvents events = new LoopEvents();

	private final List<String> told = new ArrayList<>();

	private final StallReporter reporter = reporter(Duration.ofMillis(500));

	@BeforeEach
	void listen() {
		this.events.add(new LoopListener() {

			@Override
			public void stalled(LoopStall stall) {
				StallReporterTests.this.told.add("stalled " + stall.duration().toMillis());
			}

			@Override
			public void recovered(LoopStall stall) {
				StallReporterTests.this.told.add("recovered " + stall.duration().toMillis());
			}

		});
	}

	@Test
	void saysNothingBeforeTheThreshold(CapturedOutput output) {
		owed(this.reporter, 0, 100, 499);
		this.reporter.answered(Duration.ofMillis(499));
		assertThat(output).doesNotContain("loop-1");
		assertThat(this.told).isEmpty();
		assertThat(this.events.stalls()).isZero();
	}

	@Test
	void reportsOnceAtTheThresholdAndThenAtIntervalsThatDouble(CapturedOutput output) {
		for (int millis = 0; millis <= 10_000; millis += 100) {
			owed(this.reporter, millis);
		}
		assertThat(lines(output)).containsExactly("has not answered for 500ms", "still has not answered after 1000ms",
				"still has not answered after 2000ms", "still has not answered after 4000ms",
				"still has not answered after 8000ms");
		assertThat(this.told).containsExactly("stalled 500");
		assertThat(this.events.stalls()).isOne();
	}

	@Test
	void saysAtTheEndHowLongItWas(CapturedOutput output) {
		owed(this.reporter, 500, 600);
		this.reporter.answered(Duration.ofMillis(678));
		this.reporter.answered(Duration.ofMillis(1));
		assertThat(lines(output)).containsExactly("has not answered for 500ms", "answers again after 678ms");
		assertThat(this.told).containsExactly("stalled 500", "recovered 678");
	}

	@Test
	void reportsTheNextStallAnew(CapturedOutput output) {
		owed(this.reporter, 5000);
		this.reporter.answered(Duration.ofMillis(5100));
		owed(this.reporter, 500);
		assertThat(lines(output)).containsExactly("has not answered for 5000ms", "answers again after 5100ms",
				"has not answered for 500ms");
		assertThat(this.told).containsExactly("stalled 5000", "recovered 5100", "stalled 500");
		assertThat(this.events.stalls()).isEqualTo(2);
	}

	@Test
	void reportsWhatWasOverBeforeItCouldBeSeen(CapturedOutput output) {
		owed(this.reporter, 400);
		this.reporter.answered(Duration.ofMillis(500));
		assertThat(output).contains("Loop 'loop-1' did not answer for 500ms");
		assertThat(this.told).containsExactly("stalled 500", "recovered 500");
		assertThat(this.events.stalls()).isOne();
	}

	@Test
	void thresholdOfZeroMeansNever(CapturedOutput output) {
		StallReporter off = reporter(Duration.ZERO);
		owed(off, 0, 500, TimeUnit.DAYS.toMillis(3650));
		off.answered(Duration.ofDays(3650));
		assertThat(output).doesNotContain("loop-1");
		assertThat(this.told).isEmpty();
	}

	private StallReporter reporter(Duration threshold) {
		return new StallReporter(this.threads, threshold, () -> 3, this.events, Runnable::run);
	}

	private static void owed(StallReporter reporter, long... millis) {
		for (long each : millis) {
			reporter.owed(TimeUnit.MILLISECONDS.toNanos(each));
		}
	}

	private static List<String> lines(CapturedOutput output) {
		return output.getAll()
			.lines()
			.filter((line) -> line.contains("Loop 'loop-1' "))
			.map((line) -> line.replaceAll(".*Loop 'loop-1' ", "").replaceAll("[:,] .*", ""))
			.toList();
	}

}
