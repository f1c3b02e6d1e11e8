/** The types of the layer library. */
import type { layers as tfl, serialization } from '@tensorflow/tfjs';

/** What every layer takes. */
export interface LayerConfig {
  name?: string;
  trainable?: boolean;
  dtype?: 'float32';
  /** Of the first layer of a sequential model, without the batch. */
  inputShape?: (number | null)[];
  /** Of the first layer of a sequential model, with the batch. */
  batchInputShape?: (number | null)[];
}

/** Squeeze and excitation; a dense layer of channels / ratio units, then one of as many as channels. */
export interface ChannelAttentionConfig extends LayerConfig {
  /** How many channels make one unit; 16 if it is not given. */
  ratio?: number;
  /** What is taken of each channel, `'mean'` if it is not given; CBAM takes `'mean+max'`. */
  pooling?: 'mean' | 'mean+max';
  useBias?: boolean;
}

/** A bound that is null or missing does not limit. */
export interface ClipConfig extends LayerConfig {
  minValue?: number | null;
  maxValue?: number | null;
}

export interface GELUConfig extends LayerConfig {
  /** Whether tanh approximates the error function; false if it is not given. */
  approximate?: boolean;
}

export interface GroupNormalizationConfig extends LayerConfig {
  /** The number of groups, 32 if it is not given; -1 makes each channel one. */
  groups?: number;
  /** The axis of the channels, the last if it is not given. */
  axis?: number;
  epsilon?: number;
  center?: boolean;
  scale?: boolean;
}

export interface InstanceNormalizationConfig extends LayerConfig {
  /** The axis of the channels, the last if it is not given; null normalizes an image as one. */
  axis?: number | null;
  epsilon?: number;
  center?: boolean;
  scale?: boolean;
  /** What epsilon is added to, `'variance'` if it is not given. */
  epsilonOn?: 'variance' | 'deviation';
}

export interface MishConfig extends LayerConfig {}

export interface MultiplyBetaConfig extends LayerConfig {
  beta: number;
}

export interface PixelShuffleConfig extends LayerConfig {
  /** How much the height and width grow; must be given unless the name of the class says it. */
  scale?: number;
  /** Another spelling of `scale`. */
  blockSize?: number;
  /** Another spelling of `scale`. */
  upscaleFactor?: number;
}

export interface ReflectionPadding2DConfig extends LayerConfig {
  /** One number, [height, width] or [[top, bottom], [left, right]]; 1 if it is not given. */
  padding?: number | [number, number] | [[number, number], [number, number]];
}

export interface ScaleConfig extends LayerConfig {
  /** One number, or one for each item of the last axis. */
  scale: number | number[];
}

export interface SpaceToDepthConfig extends LayerConfig {
  blockSize: number;
}

export interface SpatialAttentionConfig extends LayerConfig {
  /** The height and width of the convolution, 7 if it is not given. */
  kernelSize?: number;
  /** What the convolution takes first, `'mean+max'` if it is not given. */
  pooling?: 'mean+max' | 'max+mean';
  useBias?: boolean;
}

export interface SwishConfig extends LayerConfig {
  /** 1 if it is not given. */
  beta?: number;
}

/** A class that makes layers of a configuration. */
export interface LayerClass<Config> {
  new (config: Config): tfl.Layer;
  className: string;
  fromConfig: typeof tfl.Layer.fromConfig;
}

/** A class that makes layers, of no configuration too. */
export interface EasyLayerClass<Config> extends LayerClass<Config> {
  new (config?: Config): tfl.Layer;
}

/** The classes by the names under which TensorFlow.js finds them. */
export interface Layers {
  ChannelAttention: EasyLayerClass<ChannelAttentionConfig>;
  Clip: EasyLayerClass<ClipConfig>;
  ClipByValue: EasyLayerClass<ClipConfig>;
  ClipLayer: EasyLayerClass<ClipConfig>;
  Clipping: EasyLayerClass<ClipConfig>;
  DepthToSpace: LayerClass<PixelShuffleConfig>;
  GELU: EasyLayerClass<GELUConfig>;
  Gelu: EasyLayerClass<GELUConfig>;
  GroupNormalization: EasyLayerClass<GroupNormalizationConfig>;
  InstanceNormalization: EasyLayerClass<InstanceNormalizationConfig>;
  Mish: EasyLayerClass<MishConfig>;
  MultiplyBeta: LayerClass<MultiplyBetaConfig>;
  PixelShuffle: LayerClass<PixelShuffleConfig>;
  PixelShuffle2x: EasyLayerClass<PixelShuffleConfig>;
  PixelShuffle3x: EasyLayerClass<PixelShuffleConfig>;
  PixelShuffle4x: EasyLayerClass<PixelShuffleConfig>;
  PixelShuffle8x: EasyLayerClass<PixelShuffleConfig>;
  PixelUnshuffle: LayerClass<SpaceToDepthConfig>;
  ReflectPadding2D: EasyLayerClass<ReflectionPadding2DConfig>;
  ReflectionPad2D: EasyLayerClass<ReflectionPadding2DConfig>;
  ReflectionPadding2D: EasyLayerClass<ReflectionPadding2DConfig>;
  Scale: LayerClass<ScaleConfig>;
  ScaleLayer: LayerClass<ScaleConfig>;
  Scaling: LayerClass<ScaleConfig>;
  SiLU: EasyLayerClass<SwishConfig>;
  Silu: EasyLayerClass<SwishConfig>;
  SpaceToDepth: LayerClass<SpaceToDepthConfig>;
  SpatialAttention: EasyLayerClass<SpatialAttentionConfig>;
  SubpixelConv2D: LayerClass<PixelShuffleConfig>;
  Swish: EasyLayerClass<SwishConfig>;
  SymmetricPadding2D: EasyLayerClass<ReflectionPadding2DConfig>;
}

/** The package `@tensorflow/tfjs`, or as much of it as the layers need. */
export interface TensorFlow {
  layers: { Layer: typeof tfl.Layer };
  serialization: { registerClass: typeof serialization.registerClass };
}

/**
 * The layer classes by name, made once for each TensorFlow.js.
 * @param tf the package `@tensorflow/tfjs`
 */
export function layers(tf: TensorFlow): Layers;

/**
 * Tells TensorFlow.js all layers of the library, so that models that name them
 * load; it does no harm to call it twice.
 * @param tf the package `@tensorflow/tfjs`
 */
export function register(tf: TensorFlow): void;
