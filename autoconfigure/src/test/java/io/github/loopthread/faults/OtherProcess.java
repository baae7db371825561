package io.github.loopthread.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A program in a process of its own, which says what it does in lines that begin with
 * {@link #SAYS}, and can be told to go on, to stand still, or to end.
 */
final class OtherProcess implements AutoCloseable {

	static final String SAYS = "program: ";

	private final List<String> output = new ArrayList<>();

	private final Process process;

	private final BufferedReader said;

	private OtherProcess(Process process) {
		this.process = process;
		this.said = process.inputReader(StandardCharsets.UTF_8);
	}

	/**
	 * Start the {@code main} method of a class that the test has, too.
	 * @param options of the JVM
	 */
	static OtherProcess start(Class<?> program, String... options) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
				"--enable-native-access=ALL-UNNAMED"));
		command.addAll(List.of(options));
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
		return new OtherProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
	}

	/**
	 * Say something, which is what programs call.
	 */
	static void say(String what) {
		System.out.println(SAYS + what);
		System.out.flush();
	}

	/**
	 * Return what the program says next.
	 */
	String next() throws IOException {
		for (String line = read(); line != null; line = read()) {
			if (line.startsWith(SAYS)) {
				return line.substring(SAYS.length());
			}
		}
		throw new IllegalStateException("The program has ended: " + this.output);
	}

	/**
	 * Have the program, which reads its input, go on.
	 */
	void goOn() throws IOException {
		OutputStream input = this.process.getOutputStream();
		input.write('\n');
		input.flush();
	}

	void signal(String signal) throws Exception {
		Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -%s %d".formatted(signal, this.process.pid()))
			.inheritIO()
			.start();
		assertThat(kill.waitFor(20, TimeUnit.SECONDS)).isTrue();
	}

	/**
	 * Return whether the system says that the program stands still.
	 */
	boolean isStopped() {
		try {
			String stat = Files.readString(Path.of("/proc/%d/stat".formatted(this.process.pid())));
			return stat.substring(stat.lastIndexOf(')') + 2).startsWith("T");
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Wait for the end of the program.
	 * @return its exit value
	 */
	int awaitEnd() throws Exception {
		for (String line = read(); line != null; line = read()) {
			// What it still says is in the output
		}
		assertThat(this.process.waitFor(20, TimeUnit.SECONDS)).as("ended: %s", this.output).isTrue();
		return this.process.exitValue();
	}

	/**
	 * Return the lines that have been read so far.
	 */
	List<String> output() {
		return this.output;
	}

	@Override
	public void close() throws Exception {
		this.process.destroyForcibly();
		assertThat(this.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
		this.said.close();
	}

	private String read() throws IOException {
		String line = this.said.readLine();
		if (line != null) {
			this.output.add(line);
		}
		return line;
	}

}
