package io.github.loopthread.sample;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Makes a page before the shop says that it is open. The first page of a process takes
 * longer than others, for it loads many classes, and on a busy machine it would not come
 * within its limit. The other way to make one is warmed up too, or comparing them would
 * not be fair.
 */
@Component
class WarmUp {

	private static final Log logger = LogFactory.getLog(WarmUp.class);

	private final ProductController products;

	private final SequentialProductController sequentialProducts;

	WarmUp(ProductController products, SequentialProductController sequentialProducts) {
		this.products = products;
		this.sequentialProducts = sequentialProducts;
	}

	@EventListener(ApplicationStartedEvent.class)
	void makePage() {
		try {
			this.products.page("warm-up");
			this.sequentialProducts.warmUp();
		}
		catch (RuntimeException ex) {
			// The shop opens without its services too
			logger.debug("No page to warm up with", ex);
		}
	}

}
