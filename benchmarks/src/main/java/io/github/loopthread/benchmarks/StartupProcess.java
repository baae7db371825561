package io.github.loopthread.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

import org.springframework.boot.context.metrics.buffering.BufferingApplicationStartup;
import org.springframework.boot.context.metrics.buffering.StartupTimeline;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.metrics.ApplicationStartup;
import org.springframework.core.metrics.StartupStep;

/**
 * The process of an application that only starts. Runs also where the starter's libraries
 * are missing.
 */
final class StartupProcess {

	private StartupProcess() {
	}

	/** The role of a process: {@code startup <whether to look at the parts>}. */
	static void play(String[] args) {
		boolean parts = Boolean.parseBoolean(args[0]);
		BufferingApplicationStartup recording = new BufferingApplicationStartup(20_000);
		ApplicationStartup startup = parts ? recording : ApplicationStartup.DEFAULT;
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(StartupApplication.class)
			.properties("server.port=0", "server.address=127.0.0.1", "logging.level.root=warn",
					"spring.main.banner-mode=off")
			.applicationStartup(startup)
			.run()) {
			double millis = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
			Map<String, Double> beans = parts ? selfTimes(recording.getBufferedTimeline()) : Map.of();
			double loop = context.getBean(StartupApplication.Phases.class).loopMillis();
			long classes = ManagementFactory.getClassLoadingMXBean().getTotalLoadedClassCount();
			Parent.tell(new Started(millis, loop, classes, beans));
		}
		System.exit(0);
	}

	/** Return how long each bean took, without those that it was given. */
	private static Map<String, Double> selfTimes(StartupTimeline timeline) {
		Map<Long, Double> millis = new LinkedHashMap<>();
		Map<Long, String> names = new LinkedHashMap<>();
		for (StartupTimeline.TimelineEvent event : timeline.getEvents()) {
			StartupStep step = event.getStartupStep();
			double took = event.getDuration().toNanos() / 1e6;
			millis.merge(step.getId(), took, Double::sum);
			if (step.getParentId() != null) {
				millis.merge(step.getParentId(), -took, Double::sum);
			}
			for (StartupStep.Tag tag : step.getTags()) {
				if (tag.getKey().equals("beanName")) {
					names.put(step.getId(), tag.getValue());
				}
			}
		}
		Map<String, Double> beans = new TreeMap<>();
		names.forEach((id, name) -> beans.merge(name, millis.get(id), Double::sum));
		return beans;
	}

	/**
	 * What a start took, in milliseconds: from the start of the JVM, what is started in
	 * the phase of the loop, and each bean by itself; and how many classes there are.
	 */
	record Started(double total, double loop, long classes, Map<String, Double> beans) {

	}

}
