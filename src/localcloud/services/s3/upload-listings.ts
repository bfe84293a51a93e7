/** Uploads that go on, and their parts. */
import type { OperationTable, Params } from '../../engine/contract.ts';
import { resourceOf } from './resource.ts';
import type { Store, Upload } from './store.ts';

const LARGEST_PAGE = 1000;

export const uploadListings = ({ bucketOf, uploadOf, owner }: Store): OperationTable => {
  const read = (run: (params: Params) => Params) => ({ mutating: false, resource: resourceOf, run });

  const listParts = (params: Params): Params => {
    const upload = uploadOf(params);
    const after = Number(params.PartNumberMarker ?? 0);
    const size = Math.min(LARGEST_PAGE, Number(params.MaxParts ?? LARGEST_PAGE));
    const found = Object.values(upload.parts)
      .filter(({ number }) => number > after)
      .sort((a, b) => a.number - b.number);
    const shown = found.slice(0, size);
    const last = shown.at(-1);
    return {
      Bucket: params.Bucket,
      Key: upload.key,
      UploadId: upload.id,
      PartNumberMarker: after,
      ...(last && { NextPartNumberMarker: last.number }),
      MaxParts: size,
      IsTruncated: found.length > shown.length,
      Parts: shown.map(({ number, etag, size: bytes, lastModified, checksum }) => ({
        PartNumber: number,
        LastModified: lastModified / 1000,
        ETag: etag,
        Size: bytes,
        [`Checksum${upload.algorithm}`]: checksum,
      })),
      Owner: { ID: owner },
      Initiator: { ID: owner },
      StorageClass: upload.storageClass,
      ChecksumAlgorithm: upload.algorithm,
      ChecksumType: upload.checksumType,
    };
  };

  const listUploads = (params: Params): Params => {
    const { uploads, name } = bucketOf(params);
    const { Prefix: prefix = '', KeyMarker: keyMarker = '', UploadIdMarker: idMarker = '' } = params;
    const size = Math.min(LARGEST_PAGE, Number(params.MaxUploads ?? LARGEST_PAGE));
    const isBehind = ({ key, id }: Upload): boolean =>
      key > String(keyMarker) || (key === keyMarker && idMarker !== '' && id > String(idMarker));
    const found = [...uploads.values()]
      .filter((upload) => upload.key.startsWith(String(prefix)) && isBehind(upload))
      .sort((a, b) => (a.key < b.key || (a.key === b.key && a.id < b.id) ? -1 : 1));
    const shown = found.slice(0, size);
    const last = shown.at(-1);
    const isTruncated = found.length > shown.length;
    return {
      Bucket: name,
      Prefix: prefix,
      KeyMarker: keyMarker,
      UploadIdMarker: idMarker,
      ...(isTruncated && last && { NextKeyMarker: last.key, NextUploadIdMarker: last.id }),
      MaxUploads: size,
      IsTruncated: isTruncated,
      Uploads: shown.map(({ id, key, initiated, storageClass, algorithm, checksumType: type }) => ({
        UploadId: id,
        Key: key,
        Initiated: initiated / 1000,
        StorageClass: storageClass,
        Owner: { ID: owner },
        Initiator: { ID: owner },
        ChecksumAlgorithm: algorithm,
        ChecksumType: type,
      })),
    };
  };

  return {
    ListParts: read(listParts),
    ListMultipartUploads: { ...read(listUploads), note: 'no delimiter' },
  };
};
