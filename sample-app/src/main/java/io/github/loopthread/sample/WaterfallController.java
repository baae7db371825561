package io.github.loopthread.sample;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * Both product pages again, with what each of their calls was doing when.
 */
@RestController
class WaterfallController {

	private final CallRecorder recorder;

	private final ProductController products;

	private final SequentialProductController sequentialProducts;

	WaterfallController(CallRecorder recorder, ProductController products,
			SequentialProductController sequentialProducts) {
		this.recorder = recorder;
		this.products = products;
		this.sequentialProducts = sequentialProducts;
	}

	@GetMapping("/products/{id}/waterfall")
	Waterfall onLoop(@PathVariable String id) {
		return this.recorder.record(() -> this.products.page(id));
	}

	@GetMapping("/products/{id}/sequential/waterfall")
	Waterfall sequential(@PathVariable String id) {
		return this.recorder.record(() -> this.sequentialProducts.page(id));
	}

}
